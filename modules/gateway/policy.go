package gateway

import (
	"encoding/xml"
	"net/netip"
	"strings"
)

// refusal is what everybody gets who is not let in; it does not say why.
const refusal = "Forbidden"

// everyCall is the service's own policy. A key without a product opens nothing,
// the key stays at the gateway, and calls go on to the application over TLS.
// {{application}} is a named value, since the name is not known before the
// application's place exists.
const everyCall = `<policies>
  <inbound>
    <choose>
      <when condition="@(context.Product == null)">
        <return-response>
          <set-status code="403" reason="Forbidden" />
        </return-response>
      </when>
    </choose>
    <set-header name="Ocp-Apim-Subscription-Key" exists-action="delete" />
    <set-query-parameter name="subscription-key" exists-action="delete" />
    <set-backend-service base-url="https://{{application}}" />
  </inbound>
  <backend>
    <forward-request />
  </backend>
  <outbound />
  <on-error />
</policies>
`

// callsOf is a product's policy: from where its keys work, and who it is that
// calls. The application is told in headers that a caller cannot set.
func callsOf(customer string, addresses []string) string {
	var b strings.Builder
	b.WriteString("<policies>\n  <inbound>\n    <base />\n")
	if len(addresses) > 0 {
		b.WriteString(`    <check-header name="X-Azure-SocketIP" failed-check-httpcode="403" failed-check-error-message="` + refusal + `" ignore-case="true">` + "\n")
		for _, address := range addresses {
			b.WriteString("      <value>" + address + "</value>\n")
		}
		b.WriteString("    </check-header>\n")
	}
	b.WriteString(setHeader("X-Customer", customer) + setHeader("X-Customer-Key", "@(context.Subscription.Id)"))
	b.WriteString("  </inbound>\n  <backend>\n    <base />\n  </backend>\n  <outbound>\n    <base />\n  </outbound>\n  <on-error>\n    <base />\n  </on-error>\n</policies>\n")
	return b.String()
}

func setHeader(name, value string) string {
	var text strings.Builder
	_ = xml.EscapeText(&text, []byte(value)) // a strings.Builder takes everything
	return "    <set-header name=\"" + name + "\" exists-action=\"override\">\n      <value>" + text.String() + "</value>\n    </set-header>\n"
}

// single writes ranges out: a header is compared with one address at a time.
func single(addresses []string) ([]string, error) {
	var all []string
	for _, text := range addresses {
		if addr, err := netip.ParseAddr(text); err == nil {
			all = append(all, addr.String())
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		for addr := prefix.Masked().Addr(); prefix.Contains(addr); addr = addr.Next() {
			all = append(all, addr.String())
		}
	}
	return all, nil
}

package gateway

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/apimanagement"
)

// log says what the gateway writes of a call where a diagnostic setting takes
// its logs: no body, no header, no address of the caller, and no values from the
// query. A gateway that is not told logs the caller's address.
func (g *Gateway) log(ctx *pulumi.Context) error {
	if !g.args.OptOut {
		return nil
	}
	const monitor = "azuremonitor" // the one name there is for it
	logger, err := apimanagement.NewLogger(ctx, "logger", &apimanagement.LoggerArgs{
		LoggerId:          pulumi.String(monitor),
		LoggerType:        pulumi.String("azureMonitor"),
		IsBuffered:        pulumi.Bool(true),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	_, err = apimanagement.NewDiagnostic(ctx, "logged", &apimanagement.DiagnosticArgs{
		DiagnosticId:      pulumi.String(monitor),
		LoggerId:          logger.ID().ToStringOutput(),
		AlwaysLog:         pulumi.String("allErrors"),
		LogClientIp:       pulumi.Bool(false),
		Verbosity:         pulumi.String("error"),
		Sampling:          &apimanagement.SamplingArgs{SamplingType: pulumi.String("fixed"), Percentage: pulumi.Float64(100)},
		Frontend:          nothing(),
		Backend:           nothing(),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g))
	return err
}

// nothing logs that messages passed, and nothing in them. Only a request has a
// query.
func nothing() *apimanagement.PipelineArgs {
	message := func() *apimanagement.MessageArgs {
		return &apimanagement.MessageArgs{Body: &apimanagement.BodyArgs{Bytes: pulumi.Int(0)}, Headers: pulumi.StringArray{}}
	}
	request := message()
	request.DataMasking = &apimanagement.MaskingArgs{
		QueryParams: []apimanagement.MaskArgs{{Mode: pulumi.String("Hide"), Value: pulumi.String("*")}},
	}
	return &apimanagement.PipelineArgs{Request: request, Response: message()}
}

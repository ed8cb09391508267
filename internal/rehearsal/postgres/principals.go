package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// principals is what Azure has for Entra principals: the group of administrators,
// and in the database postgres the function that makes a role of a principal. In
// place of a token a role takes the rehearsal's password. Nobody reads it from a
// server, which has only what it needs to check it, in the role azure_token that
// cannot sign in itself.
//
// Source: MicrosoftDocs/azure-databases-docs articles/postgresql/security/
// security-manage-entra-users.md.
const principals = `
create role azure_pg_admin createdb createrole nologin;
grant pg_read_all_data, pg_write_all_data, pg_monitor to azure_pg_admin;
create role azure_token nologin password %s;
create function public.pgaadauth_create_principal(rolename text, isadmin boolean, ismfa boolean) returns text
language plpgsql security definer set search_path = pg_catalog as $$
begin
	execute format('create role %%I login password %%L', rolename, (select rolpassword from pg_authid where rolname = 'azure_token'));
	if isadmin then
		execute format('alter role %%I createdb createrole', rolename);
		execute format('grant azure_pg_admin to %%I', rolename);
	end if;
	return 'Created role for "' || rolename || '"';
end $$;
revoke execute on function public.pgaadauth_create_principal from public;
grant execute on function public.pgaadauth_create_principal to azure_pg_admin;`

// admit makes a new server ready for principals.
func (s *Server) admit(ctx context.Context) error {
	verifier, err := scram(s.host.options.Password)
	if err != nil {
		return err
	}
	return s.Exec(ctx, "postgres", fmt.Sprintf(principals, quote(verifier)))
}

// Administrator lets a principal sign in over TLS with the rehearsal's password.
// One that has a role already, as on a restored server, becomes an administrator.
func (s *Server) Administrator(ctx context.Context, login string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Exec(ctx, "postgres", fmt.Sprintf(`do $$ begin
	if exists (select from pg_roles where rolname = %[1]s) then
		execute format('alter role %%I createdb createrole', %[1]s);
		execute format('grant azure_pg_admin to %%I', %[1]s);
	else
		perform public.pgaadauth_create_principal(%[1]s, true, false);
	end if;
end $$`, quote(login)))
}

// scram is what PostgreSQL keeps of a password (RFC 5803).
func scram(password string) (string, error) {
	const iterations = 4096
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	keyed := func(text string) []byte {
		mac := hmac.New(sha256.New, salted)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(keyed("Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(keyed("Server Key"))), nil
}

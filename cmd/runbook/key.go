package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/evidence"
)

func (p *program) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make and show the keys of an estate's evidence",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(p.keyCreateCommand(), p.keyShowCommand())
	return cmd
}

func (p *program) keyCreateCommand() *cobra.Command {
	var at place
	var rehearsal bool
	var witness string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a key for the evidence, a witness beside it, and the file that pins both",
		Long: `Make an Ed25519 key that signs the estate's evidence (key.pem), a witness on this
machine (witness/), and the file that a verifier pins (keys), all in --dir. Nothing
that is there is replaced.

A witness on the same machine guards against mistakes, not against the machine's
administrator: for that take one in other hands (runbook witness). A key in a Key
Vault never leaves it: see docs/drills.md.

Exit status:
  0  made
  2  they could not be: they are there, or bad usage`,
		Example: `  runbook key create --estate ledger-no
  runbook key create --witness-name witness.example/w1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := at.named(); err != nil {
				return err
			}
			s := at.state(rehearsal)
			if exists(s.pinned()) {
				return fmt.Errorf("%s is there: the estate has keys. To replace the log's, see docs/evidence.md", s.pinned())
			}
			if err := s.createKeys(cmd.Context(), at.identity(rehearsal), witness); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s signs the evidence of %s: guard it\n%s witnesses it on this machine\n%s pins both: give it to those who verify\n",
				s.key(), at.identity(rehearsal), s.witness(), s.pinned())
			return nil
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &at)
	rehearsalFlag(f, &rehearsal)
	f.StringVar(&witness, "witness-name", "", "the witness's `NAME`, like an address without its scheme")
	return cmd
}

func (p *program) keyShowCommand() *cobra.Command {
	var at place
	var rehearsal bool
	var o signing
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the file that pins the keys, for those who verify",
		Long: `Print the file that a verifier pins: the log's public key, those that signed before
it, and a line for each witness. It has nothing secret in it.

Exit status:
  0  printed
  2  it could not be: there is no key, or bad usage`,
		Example: `  runbook key show --estate ledger-no >ledger-no.keys
  runbook key show --vault-key https://VAULT.vault.azure.net/keys/evidence --witness NAME+HASH+KEY@https://WITNESS`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := at.named(); err != nil {
				return err
			}
			keys, err := p.shown(cmd.Context(), at, rehearsal, o)
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(pinFile(at.identity(rehearsal), keys))
			return err
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &at)
	rehearsalFlag(f, &rehearsal)
	p.signingFlags(f, &o)
	return cmd
}

// shown are the keys that verify what is signed and witnessed in this way.
func (p *program) shown(ctx context.Context, at place, rehearsal bool, o signing) (evidence.Keys, error) {
	s := at.state(rehearsal)
	file := cmp.Or(o.pinned, s.pinned())
	if o.key == "" && o.vaultKey == "" && len(o.witnesses) == 0 {
		if !exists(file) {
			return evidence.Keys{}, fmt.Errorf("there is no %s: make keys with runbook key create --estate %s, or name those in use", file, at.estate)
		}
		return pinned(file)
	}
	var c *cloud.Cloud
	if o.vaultKey != "" {
		options, err := cloud.FromEnvironment()
		if err != nil {
			return evidence.Keys{}, err
		}
		if c, err = p.connect(ctx, options); err != nil {
			return evidence.Keys{}, err
		}
	}
	signer, err := signer(ctx, c, s, o)
	if err != nil {
		return evidence.Keys{}, err
	}
	keys := evidence.Keys{Log: []evidence.PublicKey{signer.Public()}}
	if exists(file) {
		before, err := pinned(file)
		if err != nil {
			return keys, err
		}
		for _, k := range before.Log {
			if k.ID() != signer.Public().ID() {
				keys.Log = append(keys.Log, k)
			}
		}
	}
	all, err := witnesses(s, o.witnesses, nil, p.now)
	if err != nil {
		return keys, err
	}
	for _, w := range all {
		keys.Witnesses = append(keys.Witnesses, w.Key())
	}
	return keys, nil
}

// copyCommand answers the job that an estate with a copy at another provider
// schedules.
func (p *program) copyCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "copy",
		Short:              "Copy backups to another provider (not in this build)",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("this build cannot copy backups to another provider: nothing was copied, so backup.off-provider is not kept")
		},
	}
}

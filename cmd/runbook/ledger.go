package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/spf13/pflag"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/evidence/vault"
	"github.com/tillit-dev/tillit/internal/evidence/worm"
)

// signing is how evidence is written: which key signs, who witnesses, where
// copies go.
type signing struct {
	key       string
	vaultKey  string
	pinned    string
	witnesses []string
	worm      string
}

func (p *program) signingFlags(f *pflag.FlagSet, s *signing) {
	f.StringVar(&s.key, "key", p.getenv("TILLIT_KEY"), "`FILE` of the Ed25519 key that signs the evidence (default key.pem in --dir)")
	f.StringVar(&s.vaultKey, "vault-key", p.getenv("TILLIT_VAULT_KEY"), "`URL` of a Key Vault's EC P-256 key that signs instead, https://VAULT.vault.azure.net/keys/NAME")
	f.StringVar(&s.pinned, "pinned", p.getenv("TILLIT_PINNED"), "`FILE` of the pinned keys; former keys of the log are read from it (default keys in --dir)")
	f.StringArrayVar(&s.witnesses, "witness", strings.Fields(p.getenv("TILLIT_WITNESS")), "a witness: a `DIR`, or KEY@URL of one elsewhere; may be repeated (default witness in --dir)")
	f.StringVar(&s.worm, "worm", p.getenv("TILLIT_WORM"), "`URL` of a container for copies that nobody can overwrite, https://ACCOUNT.blob.core.windows.net/CONTAINER[/FOLDER]")
}

// How long one record, and one copying of all that is new, may take.
const (
	recordLimit = 3 * time.Minute
	pushLimit   = 5 * time.Minute
)

// ledger is an estate's evidence, open for records. It takes the folder's lock
// for each of them, so that several drills can run at once.
type ledger struct {
	dir    string
	config evidence.Config
	store  evidence.Store // for copies; nil if there are none
	say    func(format string, args ...any)
	// request goes into the record of a run's start: what was asked for.
	request map[string]any

	unrecorded error // what could not be put on record
	uncopied   error // why copies are missing
}

// ledger opens an estate's evidence. A rehearsal's keys are made where there are
// none; production's are for people to make.
func (p *program) ledger(ctx context.Context, s *scene, o signing, say func(string, ...any)) (*ledger, error) {
	l := &ledger{dir: s.state().evidence(), say: say}
	if err := p.keysAreThere(ctx, s, o, say); err != nil {
		return nil, err
	}
	var err error
	l.config, err = p.signed(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if o.worm == "" {
		return l, nil
	}
	if l.store, err = copies(s.cloud, o.worm); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(entries) > 0 {
		return l, nil
	}
	if err := evidence.Pull(ctx, l.store, l.dir); err != nil {
		return nil, fmt.Errorf("fetch the evidence from %s: %w", o.worm, cloud.Explain(err))
	}
	return l, nil
}

// keysAreThere makes a rehearsal's keys, and says how production's are made.
func (p *program) keysAreThere(ctx context.Context, s *scene, o signing, say func(string, ...any)) error {
	st := s.state()
	usual := o.key == "" && o.vaultKey == ""
	if !usual || exists(st.key()) && exists(st.pinned()) {
		return nil
	}
	if s.rehearsal() {
		say("%s has no keys yet: making a key for the rehearsal's evidence, and a witness beside it", st)
		return st.createKeys(ctx, s.identity(), "")
	}
	return fmt.Errorf(`%s has no key to sign its evidence with. Make one on this machine, with a witness beside it:
  runbook key create --estate %s
or name a Key Vault's key, and a witness in other hands:
  --vault-key https://VAULT.vault.azure.net/keys/NAME --witness NAME+HASH+KEY@https://WITNESS
(docs/drills.md has the set-up of production)`, s.at.estate, s.at.estate)
}

// signed gathers who signs and who witnesses.
func (p *program) signed(ctx context.Context, s *scene, o signing) (evidence.Config, error) {
	st := s.state()
	config := evidence.Config{Identity: s.identity(), Now: p.now}
	var err error
	if config.Signer, err = signer(ctx, s.cloud, st, o); err != nil {
		return config, err
	}
	pins := o.pinned
	if pins == "" && exists(st.pinned()) {
		pins = st.pinned()
	}
	if pins != "" {
		keys, err := pinned(pins)
		if err != nil {
			return config, err
		}
		if config.Former, err = former(keys.Log, config.Signer.Public()); err != nil {
			return config, fmt.Errorf("%s: %w", pins, err)
		}
	}
	logs := append([]evidence.PublicKey{config.Signer.Public()}, config.Former...)
	config.Witnesses, err = witnesses(st, o.witnesses, logs, p.now)
	return config, err
}

func signer(ctx context.Context, c *cloud.Cloud, st state, o signing) (evidence.Signer, error) {
	if o.vaultKey != "" {
		if o.key != "" {
			return nil, errors.New("--key and --vault-key: one key signs, name one of them")
		}
		return vaultSigner(ctx, c, o.vaultKey)
	}
	file := o.key
	if file == "" {
		file = st.key()
	}
	return evidence.LoadKey(file)
}

// former are the pinned keys that signed before this one, which must be pinned
// too: else nobody who pins the same file could verify what is written now.
func former(keys []evidence.PublicKey, now evidence.PublicKey) ([]evidence.PublicKey, error) {
	rest := slices.DeleteFunc(slices.Clone(keys), func(k evidence.PublicKey) bool { return k.ID() == now.ID() })
	if len(rest) == len(keys) {
		return nil, errors.New("the key that signs is not among those that are pinned: add its public half (runbook key show), or sign with another")
	}
	return rest, nil
}

func witnesses(st state, named []string, logs []evidence.PublicKey, now func() time.Time) ([]evidence.Witness, error) {
	if len(named) == 0 {
		named = []string{st.witness()}
	}
	var all []evidence.Witness
	for _, text := range named {
		w, remote, err := remoteWitness(text)
		if !remote {
			w, err = openWitness(text, logs, now)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: name a witness with --witness, or make one: runbook witness --dir %s --name NAME", err, text)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// vaultSigner reads the address of a key: https://VAULT/keys/NAME[/VERSION].
func vaultSigner(ctx context.Context, c *cloud.Cloud, address string) (evidence.Signer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("--vault-key %q: want https://VAULT.vault.azure.net/keys/NAME", address)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "keys" {
		return nil, fmt.Errorf("--vault-key %q: want https://VAULT.vault.azure.net/keys/NAME", address)
	}
	client, err := azkeys.NewClient("https://"+u.Host, c.Credential(), &azkeys.ClientOptions{ClientOptions: worm.Options(4, time.Second, time.Minute).ClientOptions})
	if err != nil {
		return nil, fmt.Errorf("--vault-key: %w", err)
	}
	version := ""
	if len(parts) == 3 {
		version = parts[2]
	}
	s, err := vault.New(ctx, client, parts[1], version)
	if err != nil {
		return nil, fmt.Errorf("--vault-key: %w", cloud.Explain(err))
	}
	return s, nil
}

// copies is the container for copies at https://ACCOUNT/CONTAINER[/FOLDER].
func copies(c *cloud.Cloud, address string) (evidence.Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return nil, fmt.Errorf("--worm %q: want https://ACCOUNT.blob.core.windows.net/CONTAINER, without a token", u.Redacted())
	}
	container, folder, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if container == "" {
		return nil, fmt.Errorf("--worm %q names no container", address)
	}
	client, err := c.Blobs("https://" + u.Host + "/")
	if err != nil {
		return nil, fmt.Errorf("--worm: %w", err)
	}
	return worm.New(client.NewContainerClient(container), folder), nil
}

// record appends to the evidence, and copies what belongs to a run's start and
// end. A copy that fails is said and kept for the end: it must not stop a
// clean-up.
func (l *ledger) record(ctx context.Context, e evidence.Entry) error {
	if body, ok := e.Body.(map[string]any); ok && e.Kind == evidence.RunStarted {
		body = maps.Clone(body)
		maps.Copy(body, l.request)
		e.Body = body
	}
	ctx, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	err := l.append(ctx, e)
	if err != nil && !errors.Is(err, evidence.ErrOrder) {
		l.unrecorded = err
		return err
	}
	switch e.Kind {
	case evidence.RunStarted, evidence.RunResumed, evidence.RunFinished:
		l.push(context.WithoutCancel(ctx))
	}
	return err
}

func (l *ledger) append(ctx context.Context, e evidence.Entry) error {
	log, err := evidence.Open(ctx, l.dir, l.config)
	if err != nil {
		return err
	}
	_, err = log.Append(ctx, e)
	return errors.Join(err, log.Close())
}

func (l *ledger) push(ctx context.Context) {
	if l.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pushLimit)
	defer cancel()
	_, err := evidence.Push(ctx, l.dir, l.store)
	l.uncopied = nil // a push that works makes up for those that did not
	if err != nil {
		l.uncopied = fmt.Errorf("the evidence is on this machine only: %w", cloud.Explain(err))
		l.say("%s", l.uncopied)
	}
}

// started are the records of the starts of runs, by run.
func (l *ledger) started(ctx context.Context) (map[string]evidence.Record, error) {
	if !exists(l.dir) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	log, err := evidence.Open(ctx, l.dir, l.config)
	if err != nil {
		return nil, err
	}
	found := map[string]evidence.Record{}
	for _, r := range log.Records() {
		if r.Kind == evidence.RunStarted {
			found[r.Run] = r
		}
	}
	return found, log.Close()
}

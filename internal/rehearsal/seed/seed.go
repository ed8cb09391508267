package seed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"
)

// Rows makes tables of customers, invoices and entries in a database and fills
// them: n entries of about 150 bytes, an invoice for every five of them, a
// customer for every hundred.
func Rows(ctx context.Context, db *pgx.Conn, n int) error {
	for _, statement := range []string{
		`create table customers (id int primary key, name text not null, country text not null)`,
		`create table invoices (id int primary key, customer int not null references customers, issued date not null, paid date, total numeric(12,2) not null)`,
		`create table entries (id int primary key, invoice int not null references invoices, account text not null, amount numeric(12,2) not null, note text)`,
		fmt.Sprintf(`insert into customers select i, 'Customer ' || i, (array['NO','SE','FI'])[1 + i %% 3] from generate_series(1, %d) i`, n/100+1),
		fmt.Sprintf(`insert into invoices select i, 1 + i %% %d, date '2026-01-01' + i %% 300, case when i %% 4 > 0 then date '2026-02-01' + i %% 300 end, (i * 37 %% 100000) / 100.0
			from generate_series(1, %d) i`, n/100+1, n/5+1),
		fmt.Sprintf(`insert into entries select i, 1 + i %% %d, (1000 + i %% 8000)::text, ((i * 7919) %% 1000000 - 500000) / 100.0, repeat(md5(i::text), 3)
			from generate_series(1, %d) i`, n/5+1, n),
		`grant select, insert, update, delete on customers, invoices, entries to public`,
		`analyze`,
	} {
		if _, err := db.Exec(ctx, statement); err != nil {
			return fmt.Errorf("seed the database: %w", err)
		}
	}
	return nil
}

// Documents puts n blobs of 1 to 64 KiB into a container. Sealed ones carry the
// SHA-256 of their content in their metadata.
func Documents(ctx context.Context, c *container.Client, n int, sealed bool) error {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		content := make([]byte, 1024+random.IntN(63*1024))
		for j := range content {
			content[j] = byte('a' + random.IntN(26))
		}
		options := &blockblob.UploadOptions{}
		if sealed {
			sum := sha256.Sum256(content)
			seal := hex.EncodeToString(sum[:])
			options.Metadata = map[string]*string{"sha256": &seal}
		}
		name := fmt.Sprintf("2026/%02d/document-%05d.txt", 1+i%12, i)
		if _, err := c.NewBlockBlobClient(name).Upload(ctx, reader{bytes.NewReader(content)}, options); err != nil {
			return fmt.Errorf("seed the container: %w", err)
		}
	}
	return nil
}

// reader is a body that the SDK may read again when it tries again.
type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

package vault

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// safe keeps files as blobs that only it can read: pieces sealed with AES-256-GCM,
// each bound to its file, its place, and whether it is the last.
type safe struct {
	blobs *container.Client
	seal  cipher.AEAD
}

// piece is how much is sealed at a time.
const piece = 4 << 20

// newSafe makes a safe with a key that nobody else has.
func newSafe(ctx context.Context, blobs *container.Client) (*safe, error) {
	if _, err := blobs.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil, fmt.Errorf("make the vault's container: %w", err)
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	return &safe{blobs, seal}, err
}

// bound is what a piece is sealed together with.
func bound(name string, place uint32, last bool) []byte {
	b := binary.BigEndian.AppendUint32([]byte(name+"\x00"), place)
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

// put keeps what it reads under a name and returns how much that was.
func (s *safe) put(ctx context.Context, name string, from io.Reader) (int64, error) {
	blob := s.blobs.NewBlockBlobClient(name)
	in := bufio.NewReaderSize(from, piece)
	var ids []string
	var size int64
	plain := make([]byte, piece)
	for last := false; !last; {
		n, err := io.ReadFull(in, plain)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}
		if _, err := in.Peek(1); errors.Is(err, io.EOF) {
			last = true
		} else if err != nil {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}
		size += int64(n)
		place := uint32(len(ids))
		id := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, place))
		sealed := s.seal.Seal(nil, nil, plain[:n], bound(name, place, last))
		if _, err := blob.StageBlock(ctx, id, streaming.NopCloser(bytes.NewReader(sealed)), nil); err != nil {
			return 0, fmt.Errorf("keep %s: %w", name, err)
		}
		ids = append(ids, id)
	}
	if _, err := blob.CommitBlockList(ctx, ids, nil); err != nil {
		return 0, fmt.Errorf("keep %s: %w", name, err)
	}
	return size, nil
}

// get writes what is kept under a name.
func (s *safe) get(ctx context.Context, name string, to io.Writer) error {
	answer, err := s.blobs.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", name, err)
	}
	defer func() { _ = answer.Body.Close() }() // it has been read, or its reading has failed
	whole := piece + s.seal.Overhead()
	in := bufio.NewReaderSize(answer.Body, whole)
	sealed := make([]byte, whole)
	for place, last := uint32(0), false; !last; place++ {
		n, err := io.ReadFull(in, sealed)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("fetch %s: %w", name, err)
		}
		if _, err := in.Peek(1); errors.Is(err, io.EOF) {
			last = true
		} else if err != nil {
			return fmt.Errorf("fetch %s: %w", name, err)
		}
		plain, err := s.seal.Open(nil, nil, sealed[:n], bound(name, place, last))
		if err != nil {
			return fmt.Errorf("the copy %s is damaged: %w", name, err)
		}
		if _, err := to.Write(plain); err != nil {
			return err
		}
	}
	return nil
}

// remove forgets what is kept under a name.
func (s *safe) remove(ctx context.Context, name string) error {
	_, err := s.blobs.NewBlobClient(name).Delete(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return err
}

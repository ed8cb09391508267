package planes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const folderPrefix = "tillit-rehearsal-"

// NewFolder makes a folder for what runs in this process, which everybody can
// pass through and only we can read. Its name carries the process, by which the
// next NewFolder knows what a killed one has left, and removes it.
func NewFolder() (string, error) {
	sweep()
	folder, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return "", err
	}
	// The databases' user has to pass through.
	return folder, os.Chmod(folder, 0o711)
}

// RemoveFolder removes a folder that NewFolder has made, and ends what carries it
// in its environment.
func RemoveFolder(folder string) error {
	endProcesses(FolderVariable + "=" + folder)
	return os.RemoveAll(folder)
}

// sweep removes the folders of processes that have gone.
func sweep() {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(folder), folderPrefix+"%d-", &pid); err != nil || pid <= 0 {
			continue
		}
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = RemoveFolder(folder) // else the next one tries again
		}
	}
}

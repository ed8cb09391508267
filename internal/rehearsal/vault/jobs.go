package vault

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// job is one thing that a vault does or has done.
type job struct {
	name, operation string
	instance        *instance
	asked           bool // by a user, not by the vault itself
	began, ended    time.Time
	moved           atomic.Int64 // bytes
	err             error
}

// carryOut does something as a job, and returns the job.
func (v *Vaults) carryOut(ctx context.Context, in *instance, operation string, asked bool, work func(context.Context, *job) error) (*job, error) {
	j := &job{name: dashed(uuid.NewString()), operation: operation, instance: in, asked: asked, began: v.options.Now()}
	v.mu.Lock()
	v.jobs = append(v.jobs, j)
	v.mu.Unlock()
	err := work(ctx, j)
	v.mu.Lock()
	defer v.mu.Unlock()
	j.ended, j.err = v.options.Now(), err
	return j, err
}

// result is what an operation says of its job.
func (j *job) result() map[string]any {
	return map[string]any{"objectType": "OperationJobExtendedInfo", "jobId": j.name}
}

func dashed(s string) string {
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

// jobsPlane lists a vault's jobs.
type jobsPlane struct{ *Vaults }

// Put is refused: a job comes of something that is done.
func (jobsPlane) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	return nil, notAllowed("PUT", id)
}

// Delete is refused: what was done stays on record.
func (jobsPlane) Delete(_ context.Context, id string) error { return notAllowed("DELETE", id) }

// List gives a vault's jobs in the order in which they began.
func (p jobsPlane) List(_ context.Context, vault string) ([]map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []map[string]any
	for _, j := range p.jobs {
		if strings.EqualFold(j.instance.vault, vault) {
			out = append(out, map[string]any{"id": vault + "/backupJobs/" + j.name, "name": j.name, "type": jobs, "properties": j.view(p.options.Now())})
		}
	}
	return out, nil
}

// view is a job as a GET shows it: an AzureBackupJob.
func (j *job) view(now time.Time) map[string]any {
	source := fields.Dig(j.instance.body, "properties", "dataSourceInfo")
	segments := strings.Split(fields.Text(source, "resourceID")+"////", "/")
	out := map[string]any{
		"activityID": j.name, "backupInstanceId": j.instance.id, "backupInstanceFriendlyName": fields.Text(j.instance.body, "properties", "friendlyName"),
		"dataSourceId": fields.Text(source, "resourceID"), "dataSourceName": fields.Text(source, "resourceName"), "dataSourceType": fields.Text(source, "datasourceType"),
		"dataSourceLocation": fields.Text(source, "resourceLocation"), "sourceSubscriptionID": segments[2], "subscriptionId": segments[2], "sourceResourceGroup": segments[4],
		"vaultName": path.Base(j.instance.vault), "operation": j.operation, "operationCategory": j.operation, "isUserTriggered": j.asked,
		"progressEnabled": false, "supportedActions": []any{}, "startTime": fields.Time(j.began), "status": "InProgress",
		"extendedInfo": map[string]any{"dataTransferredInBytes": j.moved.Load()},
	}
	if j.ended.IsZero() {
		out["duration"] = clockTime(now.Sub(j.began))
		return out
	}
	out["status"], out["endTime"], out["duration"] = "Completed", fields.Time(j.ended), clockTime(j.ended.Sub(j.began))
	if j.err != nil {
		out["status"] = "Failed"
		out["errorDetails"] = []any{map[string]any{"code": "UserErrorJobFailed", "message": j.err.Error(), "isUserError": true}}
	}
	return out
}

// clockTime writes a duration as the service does, such as 00:01:02.0030000.
func clockTime(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d.%07d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60, d%time.Second/100)
}

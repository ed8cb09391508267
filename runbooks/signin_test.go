package runbooks

import "testing"

func TestSignedInToTheRehearsal(t *testing.T) {
	c := connected(t)
	if !c.Rehearsal {
		t.Error("the endpoint did not say that it is a rehearsal")
	}
	who, err := c.Who(t.Context())
	if err != nil || who.Login != login || who.ObjectID == "" {
		t.Errorf("%+v, %v", who, err)
	}
}

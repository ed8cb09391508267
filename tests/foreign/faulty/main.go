package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: faulty HOW")
		os.Exit(64)
	}
	switch how := os.Args[1]; how {
	case "silent": // ends well and registers nothing
	case "sleep":
		select {}
	case "exit":
		fmt.Fprintln(os.Stderr, "the licence has run out")
		os.Exit(7)
	case "signal":
		process, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = process.Kill()
		}
		fmt.Fprintln(os.Stderr, err)
		select {}
	default:
		pulumi.Run(func(ctx *pulumi.Context) error { return program(ctx, how) })
	}
}

func program(ctx *pulumi.Context, how string) error {
	var first, second pulumi.CustomResourceState
	if err := ctx.RegisterResource("cloud:index:Thing", "first", nil, &first); err != nil {
		return err
	}
	switch how {
	case "thing": // nothing is wrong
		return nil
	case "panic":
		panic("index out of cheese")
	case "error":
		return errors.New("no zone has room")
	case "hang":
		child := exec.Command(os.Args[0], "sleep")
		child.Stdout = os.Stdout // held open, as by a daemon that is left behind
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("child", child.Process.Pid)
		select {}
	case "duplicate":
		return ctx.RegisterResource("cloud:index:Thing", "first", nil, &second)
	case "remote":
		var component pulumi.ResourceState
		return ctx.RegisterRemoteComponentResource("eks:index:Cluster", "cluster", nil, &component)
	case "function":
		var result map[string]any
		return ctx.Invoke("cloud:compute/getImage:getImage", nil, &result)
	case "transform":
		return ctx.RegisterResource("cloud:index:Thing", "second", nil, &second, pulumi.Transforms([]pulumi.ResourceTransform{
			func(context.Context, *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
				return &pulumi.ResourceTransformResult{Props: pulumi.Map{"p": pulumi.Any(make(chan int))}}
			},
		}))
	}
	return fmt.Errorf("faulty does not know how to %s", how)
}

package apimanagement

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PipelineArgs say what is logged of a request and of its answer.
type PipelineArgs struct {
	Request  *MessageArgs
	Response *MessageArgs
}

type pipeline struct {
	Request  *message `pulumi:"request"`
	Response *message `pulumi:"response"`
}

// ElementType returns the plain form that the engine receives.
func (PipelineArgs) ElementType() reflect.Type { return reflect.TypeFor[pipeline]() }

// MessageArgs say what is logged of one message.
type MessageArgs struct {
	Body        *BodyArgs
	DataMasking *MaskingArgs
	Headers     pulumi.StringArrayInput // names of headers that are logged
}

type message struct {
	Body        *body    `pulumi:"body"`
	DataMasking *masking `pulumi:"dataMasking"`
	Headers     []string `pulumi:"headers"`
}

// ElementType returns the plain form that the engine receives.
func (MessageArgs) ElementType() reflect.Type { return reflect.TypeFor[message]() }

// BodyArgs say how much of a body is logged.
type BodyArgs struct {
	Bytes pulumi.IntPtrInput // 0 to 8192
}

type body struct {
	Bytes *int `pulumi:"bytes"`
}

// ElementType returns the plain form that the engine receives.
func (BodyArgs) ElementType() reflect.Type { return reflect.TypeFor[body]() }

// MaskingArgs hide values in what is logged.
type MaskingArgs struct {
	Headers     []MaskArgs
	QueryParams []MaskArgs
}

type masking struct {
	Headers     []mask `pulumi:"headers"`
	QueryParams []mask `pulumi:"queryParams"`
}

// ElementType returns the plain form that the engine receives.
func (MaskingArgs) ElementType() reflect.Type { return reflect.TypeFor[masking]() }

// MaskArgs hide one value.
type MaskArgs struct {
	Mode  pulumi.StringPtrInput // Mask or Hide
	Value pulumi.StringPtrInput // the name; * for all
}

type mask struct {
	Mode  *string `pulumi:"mode"`
	Value *string `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (MaskArgs) ElementType() reflect.Type { return reflect.TypeFor[mask]() }

// SamplingArgs say how many calls are logged.
type SamplingArgs struct {
	Percentage   pulumi.Float64PtrInput
	SamplingType pulumi.StringPtrInput // fixed
}

type sampling struct {
	Percentage   *float64 `pulumi:"percentage"`
	SamplingType *string  `pulumi:"samplingType"`
}

// ElementType returns the plain form that the engine receives.
func (SamplingArgs) ElementType() reflect.Type { return reflect.TypeFor[sampling]() }

package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Diagnostic says what a gateway logs of every call.
type Diagnostic struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// DiagnosticArgs are the inputs of what a gateway logs.
type DiagnosticArgs struct {
	AlwaysLog               pulumi.StringPtrInput // allErrors
	Backend                 *PipelineArgs         // what passes between the gateway and the backend
	DiagnosticId            pulumi.StringPtrInput // azuremonitor, applicationinsights or local
	Frontend                *PipelineArgs         // what passes between the caller and the gateway
	HttpCorrelationProtocol pulumi.StringPtrInput
	LogClientIp             pulumi.BoolPtrInput
	LoggerId                pulumi.StringInput // required: ARM id
	Metrics                 pulumi.BoolPtrInput
	OperationNameFormat     pulumi.StringPtrInput
	ResourceGroupName       pulumi.StringInput // required
	Sampling                *SamplingArgs
	ServiceName             pulumi.StringInput    // required
	Verbosity               pulumi.StringPtrInput // error, information or verbose
}

type diagnosticArgs struct {
	AlwaysLog               *string   `pulumi:"alwaysLog"`
	Backend                 *pipeline `pulumi:"backend"`
	DiagnosticId            *string   `pulumi:"diagnosticId"`
	Frontend                *pipeline `pulumi:"frontend"`
	HttpCorrelationProtocol *string   `pulumi:"httpCorrelationProtocol"`
	LogClientIp             *bool     `pulumi:"logClientIp"`
	LoggerId                string    `pulumi:"loggerId"`
	Metrics                 *bool     `pulumi:"metrics"`
	OperationNameFormat     *string   `pulumi:"operationNameFormat"`
	ResourceGroupName       string    `pulumi:"resourceGroupName"`
	Sampling                *sampling `pulumi:"sampling"`
	ServiceName             string    `pulumi:"serviceName"`
	Verbosity               *string   `pulumi:"verbosity"`
}

// ElementType returns the plain form that the engine receives.
func (DiagnosticArgs) ElementType() reflect.Type { return reflect.TypeFor[diagnosticArgs]() }

// NewDiagnostic registers what a gateway logs. It fails when a required input is missing.
func NewDiagnostic(ctx *pulumi.Context, name string, args *DiagnosticArgs, opts ...pulumi.ResourceOption) (*Diagnostic, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.LoggerId == nil {
		return nil, errors.New("invalid value for required argument 'LoggerId'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Diagnostic
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Diagnostic", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ApiDiagnostic says what a gateway logs of an API's calls, in place of what it logs of every call.
type ApiDiagnostic struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// ApiDiagnosticArgs are the inputs of what a gateway logs of an API.
type ApiDiagnosticArgs struct {
	AlwaysLog               pulumi.StringPtrInput // allErrors
	ApiId                   pulumi.StringInput    // required
	Backend                 *PipelineArgs         // what passes between the gateway and the backend
	DiagnosticId            pulumi.StringPtrInput // azuremonitor, applicationinsights or local
	Frontend                *PipelineArgs         // what passes between the caller and the gateway
	HttpCorrelationProtocol pulumi.StringPtrInput
	LogClientIp             pulumi.BoolPtrInput
	LoggerId                pulumi.StringInput // required: ARM id
	Metrics                 pulumi.BoolPtrInput
	OperationNameFormat     pulumi.StringPtrInput
	ResourceGroupName       pulumi.StringInput // required
	Sampling                *SamplingArgs
	ServiceName             pulumi.StringInput    // required
	Verbosity               pulumi.StringPtrInput // error, information or verbose
}

type apiDiagnosticArgs struct {
	AlwaysLog               *string   `pulumi:"alwaysLog"`
	ApiId                   string    `pulumi:"apiId"`
	Backend                 *pipeline `pulumi:"backend"`
	DiagnosticId            *string   `pulumi:"diagnosticId"`
	Frontend                *pipeline `pulumi:"frontend"`
	HttpCorrelationProtocol *string   `pulumi:"httpCorrelationProtocol"`
	LogClientIp             *bool     `pulumi:"logClientIp"`
	LoggerId                string    `pulumi:"loggerId"`
	Metrics                 *bool     `pulumi:"metrics"`
	OperationNameFormat     *string   `pulumi:"operationNameFormat"`
	ResourceGroupName       string    `pulumi:"resourceGroupName"`
	Sampling                *sampling `pulumi:"sampling"`
	ServiceName             string    `pulumi:"serviceName"`
	Verbosity               *string   `pulumi:"verbosity"`
}

// ElementType returns the plain form that the engine receives.
func (ApiDiagnosticArgs) ElementType() reflect.Type { return reflect.TypeFor[apiDiagnosticArgs]() }

// NewApiDiagnostic registers what a gateway logs of an API. It fails when a required input is missing.
func NewApiDiagnostic(ctx *pulumi.Context, name string, args *ApiDiagnosticArgs, opts ...pulumi.ResourceOption) (*ApiDiagnostic, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ApiId == nil {
		return nil, errors.New("invalid value for required argument 'ApiId'")
	}
	if args.LoggerId == nil {
		return nil, errors.New("invalid value for required argument 'LoggerId'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ApiDiagnostic
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ApiDiagnostic", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// Logger is where a gateway's logs go.
type Logger struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// LoggerArgs are the inputs of a logger.
type LoggerArgs struct {
	Credentials       pulumi.StringMapInput // kept secret
	Description       pulumi.StringPtrInput
	IsBuffered        pulumi.BoolPtrInput
	LoggerId          pulumi.StringPtrInput
	LoggerType        pulumi.StringInput // required: azureMonitor, applicationInsights or azureEventHub
	ResourceGroupName pulumi.StringInput // required
	ResourceId        pulumi.StringPtrInput
	ServiceName       pulumi.StringInput // required
}

type loggerArgs struct {
	Credentials       map[string]string `pulumi:"credentials"`
	Description       *string           `pulumi:"description"`
	IsBuffered        *bool             `pulumi:"isBuffered"`
	LoggerId          *string           `pulumi:"loggerId"`
	LoggerType        string            `pulumi:"loggerType"`
	ResourceGroupName string            `pulumi:"resourceGroupName"`
	ResourceId        *string           `pulumi:"resourceId"`
	ServiceName       string            `pulumi:"serviceName"`
}

// ElementType returns the plain form that the engine receives.
func (LoggerArgs) ElementType() reflect.Type { return reflect.TypeFor[loggerArgs]() }

// NewLogger registers a logger. It fails when a required input is missing.
func NewLogger(ctx *pulumi.Context, name string, args *LoggerArgs, opts ...pulumi.ResourceOption) (*Logger, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.LoggerType == nil {
		return nil, errors.New("invalid value for required argument 'LoggerType'")
	}
	if args.Credentials != nil {
		args.Credentials = pulumi.ToSecret(args.Credentials).(pulumi.StringMapInput)
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Logger
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Logger", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Api is an API behind a gateway.
type Api struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Path pulumi.StringOutput `pulumi:"path"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// ApiArgs are the inputs of an API.
type ApiArgs struct {
	ApiId                         pulumi.StringPtrInput
	ApiRevision                   pulumi.StringPtrInput
	ApiRevisionDescription        pulumi.StringPtrInput
	ApiType                       pulumi.StringPtrInput // http, soap, websocket or graphql
	ApiVersion                    pulumi.StringPtrInput
	ApiVersionDescription         pulumi.StringPtrInput
	ApiVersionSetId               pulumi.StringPtrInput
	Description                   pulumi.StringPtrInput
	DisplayName                   pulumi.StringPtrInput
	Format                        pulumi.StringPtrInput // of Value, such as openapi
	IsCurrent                     pulumi.BoolPtrInput
	Path                          pulumi.StringInput      // required: what comes after the gateway's name
	Protocols                     pulumi.StringArrayInput // http, https, ws, wss
	ResourceGroupName             pulumi.StringInput      // required
	ServiceName                   pulumi.StringInput      // required
	ServiceUrl                    pulumi.StringPtrInput   // the backend
	SourceApiId                   pulumi.StringPtrInput
	SubscriptionKeyParameterNames *SubscriptionKeyParameterNamesArgs
	SubscriptionRequired          pulumi.BoolPtrInput // a call needs a key
	TermsOfServiceUrl             pulumi.StringPtrInput
	Value                         pulumi.StringPtrInput // the API's definition
}

type apiArgs struct {
	ApiId                         *string                        `pulumi:"apiId"`
	ApiRevision                   *string                        `pulumi:"apiRevision"`
	ApiRevisionDescription        *string                        `pulumi:"apiRevisionDescription"`
	ApiType                       *string                        `pulumi:"apiType"`
	ApiVersion                    *string                        `pulumi:"apiVersion"`
	ApiVersionDescription         *string                        `pulumi:"apiVersionDescription"`
	ApiVersionSetId               *string                        `pulumi:"apiVersionSetId"`
	Description                   *string                        `pulumi:"description"`
	DisplayName                   *string                        `pulumi:"displayName"`
	Format                        *string                        `pulumi:"format"`
	IsCurrent                     *bool                          `pulumi:"isCurrent"`
	Path                          string                         `pulumi:"path"`
	Protocols                     []string                       `pulumi:"protocols"`
	ResourceGroupName             string                         `pulumi:"resourceGroupName"`
	ServiceName                   string                         `pulumi:"serviceName"`
	ServiceUrl                    *string                        `pulumi:"serviceUrl"`
	SourceApiId                   *string                        `pulumi:"sourceApiId"`
	SubscriptionKeyParameterNames *subscriptionKeyParameterNames `pulumi:"subscriptionKeyParameterNames"`
	SubscriptionRequired          *bool                          `pulumi:"subscriptionRequired"`
	TermsOfServiceUrl             *string                        `pulumi:"termsOfServiceUrl"`
	Value                         *string                        `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (ApiArgs) ElementType() reflect.Type { return reflect.TypeFor[apiArgs]() }

// NewApi registers an API. It fails when a required input is missing.
func NewApi(ctx *pulumi.Context, name string, args *ApiArgs, opts ...pulumi.ResourceOption) (*Api, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.Path == nil {
		return nil, errors.New("invalid value for required argument 'Path'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Api
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Api", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ApiOperation is one operation of an API.
type ApiOperation struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// ApiOperationArgs are the inputs of an operation.
type ApiOperationArgs struct {
	ApiId              pulumi.StringInput // required
	Description        pulumi.StringPtrInput
	DisplayName        pulumi.StringInput // required
	Method             pulumi.StringInput // required: such as GET
	OperationId        pulumi.StringPtrInput
	ResourceGroupName  pulumi.StringInput // required
	ServiceName        pulumi.StringInput // required
	TemplateParameters []ParameterArgs
	UrlTemplate        pulumi.StringInput // required: such as /accounts/{id}, or /*
}

type apiOperationArgs struct {
	ApiId              string      `pulumi:"apiId"`
	Description        *string     `pulumi:"description"`
	DisplayName        string      `pulumi:"displayName"`
	Method             string      `pulumi:"method"`
	OperationId        *string     `pulumi:"operationId"`
	ResourceGroupName  string      `pulumi:"resourceGroupName"`
	ServiceName        string      `pulumi:"serviceName"`
	TemplateParameters []parameter `pulumi:"templateParameters"`
	UrlTemplate        string      `pulumi:"urlTemplate"`
}

// ElementType returns the plain form that the engine receives.
func (ApiOperationArgs) ElementType() reflect.Type { return reflect.TypeFor[apiOperationArgs]() }

// NewApiOperation registers an operation. It fails when a required input is missing.
func NewApiOperation(ctx *pulumi.Context, name string, args *ApiOperationArgs, opts ...pulumi.ResourceOption) (*ApiOperation, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ApiId == nil {
		return nil, errors.New("invalid value for required argument 'ApiId'")
	}
	if args.DisplayName == nil {
		return nil, errors.New("invalid value for required argument 'DisplayName'")
	}
	if args.Method == nil {
		return nil, errors.New("invalid value for required argument 'Method'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.UrlTemplate == nil {
		return nil, errors.New("invalid value for required argument 'UrlTemplate'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ApiOperation
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ApiOperation", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// SubscriptionKeyParameterNamesArgs say where a call carries its key.
type SubscriptionKeyParameterNamesArgs struct {
	Header pulumi.StringPtrInput
	Query  pulumi.StringPtrInput
}

type subscriptionKeyParameterNames struct {
	Header *string `pulumi:"header"`
	Query  *string `pulumi:"query"`
}

// ElementType returns the plain form that the engine receives.
func (SubscriptionKeyParameterNamesArgs) ElementType() reflect.Type {
	return reflect.TypeFor[subscriptionKeyParameterNames]()
}

// ParameterArgs are one part of an operation's path.
type ParameterArgs struct {
	DefaultValue pulumi.StringPtrInput
	Description  pulumi.StringPtrInput
	Name         pulumi.StringInput
	Required     pulumi.BoolPtrInput
	Type         pulumi.StringInput
	Values       pulumi.StringArrayInput
}

type parameter struct {
	DefaultValue *string  `pulumi:"defaultValue"`
	Description  *string  `pulumi:"description"`
	Name         string   `pulumi:"name"`
	Required     *bool    `pulumi:"required"`
	Type         string   `pulumi:"type"`
	Values       []string `pulumi:"values"`
}

// ElementType returns the plain form that the engine receives.
func (ParameterArgs) ElementType() reflect.Type { return reflect.TypeFor[parameter]() }

//go:build deps

package tillit

import (
	_ "github.com/hashicorp/go-retryablehttp"
	_ "github.com/open-policy-agent/opa/v1/rego"
	_ "github.com/pulumi/pulumi-azure-native-sdk/app/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/keyvault/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2/v20241001"
	_ "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	_ "github.com/pulumi/pulumi-azure-native-sdk/v2/config"
	_ "github.com/pulumi/pulumi/sdk/v3/go/auto"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/spf13/cobra"
	_ "golang.org/x/term"
	_ "google.golang.org/grpc"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "gopkg.in/yaml.v3"
	_ "pgregory.net/rapid"
	_ "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"
	_ "github.com/defenseunicorns/go-oscal/src/pkg/validation"
	_ "github.com/jstemmer/go-junit-report/v2/junit"
	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

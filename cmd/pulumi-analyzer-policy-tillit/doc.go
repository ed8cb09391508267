// Command pulumi-analyzer-policy-tillit is the analyzer plugin that Pulumi's
// engine starts for a policy pack whose PulumiPolicy.yaml says runtime: tillit.
// It must be on the PATH of pulumi preview|up --policy-pack policies.
package main

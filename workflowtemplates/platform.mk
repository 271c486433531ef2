# Roles and databases on RDS, after the cluster's bootstrap. In the platform's Makefile:
#
#   include path/to/workflowtemplates/platform.mk
#
#   make rds-provision-k8s ENV=dev                      # CREATE_RDS=false: nothing to do
#   make rds-provision-k8s ENV=prod RDS_TFVARS=envs/prod-rds/terraform.tfvars RDS_ARGS='-p only=keycloak'
#   make rds-provision-status ENV=dev
#
# The order it belongs into: infrastructure (Terraform), cluster and bootstrap, this, verification.
# dev runs at once; elsewhere the run plans, and waits for `argo resume` of exactly that plan.

RDS_NAMESPACE ?= platform-system
RDS_BUILD_ID ?= $(or $(BUILD_ID),manual)
RDS_TFVARS ?= $(firstword $(wildcard envs/$(ENV)-rds/terraform.tfvars envs/$(ENV)/terraform.tfvars))
RDS_ENTRYPOINT ?= $(if $(filter dev,$(ENV)),provision,provision-with-approval)
RDS_SYNC_TIMEOUT ?= 300
RDS_ARGS ?=
RDS_SHA256 = $(if $(RDS_TFVARS),$(firstword $(shell sha256sum $(RDS_TFVARS))))
RDS_WORKFLOWTEMPLATES := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

.PHONY: rds-provision-k8s rds-provision-status

# After the cluster's bootstrap: Argo Workflows and the templates are there only then.
ifeq ($(CREATE_RDS),false)
rds-provision-k8s:
	@echo "rds-provision-k8s: skipped, CREATE_RDS=false"
else
rds-provision-k8s:
	@[ -n "$(ENV)" ] || { echo "ERROR: ENV is missing: make rds-provision-k8s ENV=dev" >&2; exit 2; }
	@echo "1/4 the template"
	@found=$$(kubectl get workflowtemplate rds-provision --namespace $(RDS_NAMESPACE) --ignore-not-found --output name 2>&1) \
	  && [ -n "$$found" ] || { \
	  echo "ERROR: WorkflowTemplate rds-provision is not in namespace $(RDS_NAMESPACE). $$found" >&2; \
	  echo "Install it with: kubectl apply --server-side -k $(RDS_WORKFLOWTEMPLATES)/overlays/$(ENV)   (into platform-system)" >&2; \
	  exit 1; }
	@echo "2/4 the tfvars: ConfigMap rds-tfvars-$(ENV)$(if $(RDS_SHA256), with SHA-256 $(RDS_SHA256))"
	@[ -n "$(RDS_SHA256)" ] || { echo "    no file envs/$(ENV)-rds/terraform.tfvars here to compare with (RDS_TFVARS=FILE)"; exit 0; }; \
	end=$$(( $$(date +%s) + $(RDS_SYNC_TIMEOUT) )); \
	until [ "$$(kubectl get configmap rds-tfvars-$(ENV) --namespace $(RDS_NAMESPACE) --ignore-not-found --output json \
	    | jq --join-output '.data["terraform.tfvars"] // empty' | sha256sum | cut -d' ' -f1)" = "$(RDS_SHA256)" ]; do \
	  [ $$(date +%s) -lt $$end ] || { \
	    echo "ERROR: ConfigMap rds-tfvars-$(ENV) in $(RDS_NAMESPACE) does not hold $(RDS_TFVARS) after $(RDS_SYNC_TIMEOUT) s." >&2; \
	    echo "Has it been merged, and has Argo CD synced it? (argocd app get, argocd app sync)" >&2; exit 1; }; \
	  sleep 5; \
	done
	@echo "3/4 submit and wait"; \
	run=$$(argo submit --from workflowtemplate/rds-provision --namespace $(RDS_NAMESPACE) --entrypoint $(RDS_ENTRYPOINT) --output name \
	  -p environment=$(ENV) -p build_id=$(RDS_BUILD_ID) -p tfvars_sha256=$(RDS_SHA256) $(RDS_ARGS)) || exit $$?; \
	argo logs "$$run" --namespace $(RDS_NAMESPACE) --follow; \
	code=0; argo wait "$$run" --namespace $(RDS_NAMESPACE) || code=$$?; \
	echo "4/4 status"; \
	argo get "$$run" --namespace $(RDS_NAMESPACE) --no-color; \
	exit $$code
endif

rds-provision-status:
	@argo list --namespace $(RDS_NAMESPACE) --selector goldenpath.idp/environment=$(ENV) --since 1d

# Images, charts and the tests on a real cluster; the Makefile includes it.
SERVICES := ingress onboarding media tts delivery lbcctl telegram-sim
IMAGE ?= lbc
TAG ?= 0.1.0
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)

.PHONY: images
images: ## Build all images as $(IMAGE)/<service>:$(TAG)
	@for service in $(SERVICES); do \
	  docker build --quiet --build-arg SERVICE=$$service --build-arg REVISION=$(REVISION) --tag $(IMAGE)/$$service:$(TAG) . >/dev/null; \
	  docker image inspect --format "{{.Size}}" $(IMAGE)/$$service:$(TAG) | awk -v n=$(IMAGE)/$$service:$(TAG) '{printf "%-32s %4d MB\n", n, $$1/1e6}'; \
	done
	@docker build --quiet --file charts/devstack/images/Dockerfile --tag $(IMAGE)/standins:$(TAG) . >/dev/null

.PHONY: images-reproducible
images-reproducible: ## Build each image twice without cache; the files must be the same
	@charts/images reproducible $(SERVICES)

.PHONY: images-check
images-check: images ## Size over the base, user, byte code, and that nothing is left in the images that should not be
	@IMAGE=$(IMAGE) TAG=$(TAG) charts/images check $(SERVICES)

.PHONY: sbom
sbom: images ## Licences of what is in each image, and a CycloneDX list in .run/sbom
	@IMAGE=$(IMAGE) TAG=$(TAG) $(BIN)/python charts/sbom.py $(SERVICES)

.PHONY: chart-test
chart-test: $(INSTALLED) ## Render and check the charts with helm, and helm4 if there
	@$(BIN)/python -m pytest -q tests/chart
	@$(BIN)/python charts/docs.py --check

.PHONY: chart-docs
chart-docs: $(INSTALLED) ## Write the charts' READMEs from their values' comments
	@$(BIN)/python charts/docs.py

.PHONY: e2e
e2e: $(INSTALLED) ## Everything on a real kind cluster; made if there is none, reused if there is
	@$(BIN)/python tests/e2e/up.py
	@E2E=1 $(BIN)/python -m pytest -v -s --durations=0 -o timeout=1800 $(if $(E2E_TESTS),$(E2E_TESTS),tests/e2e)

.PHONY: e2e-down
e2e-down: ## Remove the kind cluster and what the tests put beside it
	@docker rm --force $${CLUSTER:-lbc-e2e}-world >/dev/null 2>&1 || true
	@kind delete cluster --name $${CLUSTER:-lbc-e2e}

# Both targets work on a fresh Debian or Ubuntu, as root or as an ordinary user, and do only what is still missing.
#
#   make run                        the site on http://localhost:8000
#   make run PORT=9000              on another port
#   make run PORTAL_VAR=/srv/data   with its data in another folder (default: ./var)
#   make run DATABASE_URL=postgres://user:password@host/name
#                                   with an outside PostgreSQL (14 or later) instead of the embedded one
#   make test                       all tests, as CI runs them
#   make test ARGS='-k news -x'     some of them
#   make bench                      the benchmarks, as ratios in one run; ARGS='cached' runs some
#   make sbom                       what the site is made of (CycloneDX), in PORTAL_VAR/sbom.cdx.json

.PHONY: run test bench sbom

run:
	@exec bash deploy/run.sh

test:
	@exec bash deploy/test.sh $(ARGS)

bench:
	@exec bash deploy/bench.sh $(ARGS)

sbom:
	@exec bash deploy/sbom.sh

# SPDX-License-Identifier: Apache-2.0
load helpers

@test "docs/spec.md has a row for every property of the specification, and each names a test that exists" {
	local top=$BATS_TEST_DIRNAME/../.. test
	diff <(sed -n 's/^| \(`\/[^|]*\) | .* |$/\1/p' "$top/docs/spec.md" | tr -d '`' | sed 's/, /\n/g' | sort) \
		<(sed -n 's/^\(\/[^ ]*\) .*/\1/p' "$top/tests/unit/properties.txt" | grep -v -e '/\*$' -e '/{}$' | sort)
	while read -r test; do
		grep -qxF "@test \"${test#*: }\" {" "$BATS_TEST_DIRNAME/${test%%: *}.bats" || { echo "no such test: $test"; return 1; }
	done < <(sed -n 's/^| `\/[^|]*` | .* | [^|]* | \(.*\) |$/\1/p' "$top/docs/spec.md" | sort -u)
	# No cell says the same as the one above it.
	[ -z "$(sed -n 's/^| `\/[^|]* | \(.*\) |$/\1/p' "$top/docs/spec.md" | sort | uniq -d)" ]
}

@test "tare-config(5) describes every property of the specification, and every word of mount options" {
	local top=$BATS_TEST_DIRNAME/../.. page property word
	page=$top/docs/man/tare-config.5
	diff <(sed -n 's/^\.B \(\/.*\)/\1/p' "$page" | tr -s ', ' '\n' | grep -vxE '/(solaris|windows|vm|zos|freebsd)|.*/[0-9]+/.*' | sort -u) \
		<(sed -n 's/^\(\/[^ ]*\) .*/\1/p' "$top/tests/unit/properties.txt" | sort -u)
	for word in $("$TARE" features | jq -r '.mountOptions[]'); do
		grep -qE "(^| )$word( |\$)" <(sed -n '/^\.\\" options/,/^\.\\" end/s/\\-/-/gp' "$page"; sed -n '/^\.\\" options/,/^\.\\" end/p' "$page") || { echo "no $word"; return 1; }
	done
}

@test "golden plans cover every property of the specification" {
	local top=$BATS_TEST_DIRNAME/../.. property
	cat "$top"/tests/plan/configs/*.json | jq -r 'paths | map(if type == "number" then "*" else . end) | "/" + (map(tostring) | join("/"))' | sort -u >"$B/covered"
	while read -r property; do
		grep -qE "^${property//\{\}/[^/]+}\$" <(sed 's/\*/STAR/g' "$B/covered") || { echo "no golden plan has $property"; return 1; }
	done < <(sed -n 's/^\(\/[^ ]*\) .*/\1/p' "$top/tests/unit/properties.txt" | sed 's/\*/STAR/g')
}

# SPDX-License-Identifier: Apache-2.0
load helpers

@test "the table of behaviours has a row for every test, and a test for every row" {
	local here=$BATS_TEST_DIRNAME
	diff <(sed -n 's/^| \(.*\) | \([a-z]*\) |$/\2: \1/p' "$here/../behaviours.md" | grep -v '^file:' | sed 's/\\|/|/g' | sort) \
		<(grep -H '^@test' "$here"/*.bats | grep -v behaviours.bats | sed 's|.*/\([a-z]*\)\.bats:@test "\(.*\)" {|\1: \2|' | sort)
}

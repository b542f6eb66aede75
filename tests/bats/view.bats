# SPDX-License-Identifier: Apache-2.0
# contrib/view.html, in a browser without a screen.
load helpers

VIEW=$BATS_TEST_DIRNAME/../../contrib/view.html

# The page with the data of a file in it, as the browser has it after its scripts.
view() { # FILE
	command -v chromium >/dev/null || skip "chromium is not installed"
	contrib_view "$1" >"$BATS_TEST_TMPDIR/page.html"
	HOME=$BATS_TEST_TMPDIR timeout -k 2 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$BATS_TEST_TMPDIR/browser" \
		--virtual-time-budget=2000 --dump-dom "file://$BATS_TEST_TMPDIR/page.html" 2>/dev/null >"$BATS_TEST_TMPDIR/dom"
	# Without the scripts, which contain the same words.
	output=$(perl -0pe 's/.*<body>//s; s/<script.*?<\/script>//gs; s/\n/ /g' "$BATS_TEST_TMPDIR/dom")
}
contrib_view() { "$BATS_TEST_DIRNAME/../../contrib/view" "$1"; }
elements() { grep -o "$1" <<<"$output" | wc -l; } # how many there are

@test "the page shows a plan: a box for each step in the lane of its process, namespaces and mounts beside" {
	bundle '.process.args = ["true"]'
	tare plan --json "$B" >"$BATS_TEST_TMPDIR/plan"
	view "$BATS_TEST_TMPDIR/plan"
	[ "$(elements 'class="box mono init"')" -eq "$(jq 'map(select(.who == "init")) | length' "$BATS_TEST_TMPDIR/plan")" ]
	[ "$(elements 'class="box mono parent"')" -eq "$(jq 'map(select(.who == "parent")) | length' "$BATS_TEST_TMPDIR/plan")" ]
	[ "$(elements 'class="phase"')" -eq 5 ]
	has '<td>uts</td>'
	has '>/dev/pts  devpts'
}

@test "the page shows a trace: a lane for each process, the longest steps" {
	root_only
	bundle '.process.args = ["true"]'
	tare --timings="$BATS_TEST_TMPDIR/trace" run -b "$B" "$ID"
	view "$BATS_TEST_TMPDIR/trace"
	[ "$(elements 'class="lane"')" -eq 2 ]
	[ "$(elements '<div class="init"')" -eq "$(jq '[.traceEvents[] | select(.ph == "X" and .tid == 3)] | length' "$BATS_TEST_TMPDIR/trace")" ]
	has "tare run $ID"
}

@test "the page shows a container: namespaces beside the caller's, mounts; what the container says is only text" {
	root_only
	start_container '.annotations = {"a": "</script><img id=evil src=x>"} | .process.args = ["sh", "-c", "sleep 1000; true", "<img id=evil src=x onerror=document.body.remove()>", "</script><b id=evil>", "<!--<script>"]'
	tare inspect --json "$ID" >"$BATS_TEST_TMPDIR/container"
	view "$BATS_TEST_TMPDIR/container"
	has "container $ID"
	has '<span class="own">its own</span>'
	has "caller's</span>"
	has '&lt;img id=evil'
	lacks '<img'
	lacks '<b id'
}

@test "the page loads nothing from anywhere, and says what it can't show" {
	[ "$(grep -cE '(src|href)=|url\(|fetch\(|XMLHttp|@import|innerHTML|document.write|eval\(' "$VIEW")" -eq 0 ]
	grep -q "Content-Security-Policy\" content=\"default-src 'none'" "$VIEW"
	echo '{"a": 1}' >"$BATS_TEST_TMPDIR/other"
	view "$BATS_TEST_TMPDIR/other"
	has "This can't be shown: neither a plan"
}

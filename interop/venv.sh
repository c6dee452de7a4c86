# Python environments from locks; sourced by the installers.

# locked_venv WHAT FOLDER LOCK: says nothing if the folder already has what the lock says.
locked_venv() {
    local what=$1 at=$2 lock=$3
    cmp -s "$lock" "$at/.installed" && return
    # Debian's own: the locks were made for its version.
    local python=/usr/bin/python3
    "$python" -c 'import ensurepip, venv' 2>/dev/null || {
        echo "$what: python3-venv is missing: tools/setup python" >&2
        return 1
    }
    echo "installing $what"
    rm -rf "$at"
    mkdir -p "$at"
    # Every line of a lock is pinned, and nothing that it does not name comes along.
    if ! { "$python" -m venv "$at" &&
           "$at/bin/pip" install --disable-pip-version-check --quiet --no-deps --retries 1 -r "$lock"; } \
        >"$at/install.log" 2>&1 </dev/null; then
        if grep -q 'Retrying (Retry' "$at/install.log"; then
            echo "$what: the package registry does not answer" >&2
            return 75
        fi
        echo "$what: $(grep -m 1 '^ERROR' "$at/install.log" || echo 'pip failed'), see $at/install.log" >&2
        return 1
    fi
    cp "$lock" "$at/.installed"
}

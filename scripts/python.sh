# Sourced by the launchers: go to the project's folder and find a Python 3.11 to set it up with.
cd "$(dirname "$0")" || exit 2
PYTHON=
for candidate in "${TASKCONTRACT_PYTHON:-}" python3.11 python3 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        PYTHON=$candidate
        break
    fi
done
if [ -z "$PYTHON" ]; then
    echo "Python 3.11 is needed and none was found. Install it (Debian: apt install python3.11 python3.11-venv)," >&2
    echo "or name one: TASKCONTRACT_PYTHON=/path/to/python3.11 $0" >&2
    exit 2
fi

#!/bin/sh
# Stands in for `ingot __launch WORK` in unit tests, where that program is not: does
# what the one step of their workspace does, without a sandbox.
set -e
cd "$2/root"
mkdir out/copy
printf 'kept %s' "$(cat text)" > out/copy/text
printf '#!/bin/sh\n' > out/copy/run
chmod 755 out/copy/run
echo copied

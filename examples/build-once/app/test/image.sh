#!/bin/sh
# Tests the image that IMAGE names: it starts, and converts.
set -eu
name="units-$$"
docker run --detach --rm --name "$name" --publish 127.0.0.1:0:8080 "$IMAGE" > /dev/null
trap 'docker stop "$name" > /dev/null' EXIT
port=$(docker port "$name" 8080/tcp | sed 's/.*://')
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if curl --silent --fail "http://127.0.0.1:$port/convert?from=km&to=m"; then exit 0; fi
  sleep 1
done
docker logs "$name"
exit 1

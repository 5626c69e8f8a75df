# map: the networks of the machine as a picture.
load common

# A machine of our own, made by hand: net1 and net2 on br0, whose gateway is its address; net3's cable is not on it and down;
# an outside behind up0, and NAT to it; two namespaces with a cable between, a macvlan, a bridge without ports, a namespace
# with nothing. LOCALE and COLUMNS are a terminal's.
make_machine='
	export LC_ALL=C.UTF-8 COLUMNS=100
	mount -t tmpfs tmpfs /run
	ip link set lo up
	ip netns add internet
	ip link add up0 type veth peer name up1 netns internet
	ip addr add 192.0.2.2/24 dev up0
	ip -n internet addr add 192.0.2.1/24 dev up1
	ip link set up0 up
	ip -n internet link set up1 up
	ip route add default via 192.0.2.1
	ip link add br0 type bridge
	ip addr add 10.10.0.1/24 dev br0
	ip link set br0 up
	for i in 1 2 3; do
		ip netns add net$i
		ip link add veth$i-br type veth peer name veth$i netns net$i
		ip -n net$i link set veth$i up
		ip -n net$i addr add 10.10.0.$((i + 1))/24 dev veth$i
		ip -n net$i route add default via 10.10.0.1
		[ $i = 3 ] || ip link set veth$i-br master br0 up
	done
	echo 1 >/proc/sys/net/ipv4/ip_forward
	nft "add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }
		add rule ip nat post ip saddr 10.10.0.0/24 oifname up0 masquerade"
	ip netns add left
	ip netns add right
	ip link add lr netns left type veth peer name rl netns right
	ip -n left link set lr up
	ip -n right link set rl up
	ip -n right addr add 10.77.0.2/24 dev rl
	ip netns add mac
	ip link add mv0 link up0 netns mac type macvlan mode bridge
	ip -n mac link set mv0 up
	ip link add br-empty type bridge
	ip netns add alone
	for n in internet net1 net2 net3 left right mac alone; do ip -n $n link set lo up; done
'
in_machine() { # SCRIPT
	unshare --net --mount --pid --fork --mount-proc bash -euc "$make_machine$1"
}

make_world() { in_machine '"$GUISE" world' >world.json; }

drawn() { # OPTION...
	LC_ALL=C.UTF-8 COLUMNS=100 "$GUISE" map --from world.json "$@"
}

@test "a machine made by hand: each object has its place" {
	in_machine '"$GUISE" map' >map
	map=$(<map)
	has '^│ up0 via 192\.0\.2\.1 ' "$map"
	has '┌─ host ' "$map"
	has 'forwards IPv4' "$map"
	has '├──┤ bridge +├─ veth1-br ─+ veth1 ─┤ 10\.10\.0\.2/24 via 10\.10\.0\.1' "$map"
	has '│ 10\.10\.0\.1/24 ' "$map"
	has 'NAT → up0 192\.0\.2\.2' "$map"
	has '├─ veth2-br ─+ veth2 ─┤ 10\.10\.0\.3/24' "$map"
	has '┤ bridge, down ' "$map"
	has 'mv0 ─┤ macvlan \(bridge\)' "$map"
	has '─ lr ─+ rl ─┤ 10\.77\.0\.2/24' "$map"
	has 'connected to nothing' "$map"
	has '┌─ alone ─' "$map"
}

@test "what is broken is marked at its place, and nothing else is" {
	make_world
	same "$(drawn --format json | jq -r '.edges[] | select(.state != "well") | .from_link')" veth3-br
	map=$(drawn)
	has '╌ veth3-br ╌+ veth3 ╌┤ 10\.10\.0\.4/24' "$map"
	has '│ ✗ veth-not-on-bridge ' "$map"
	has '^✗ veth-not-on-bridge: netns:net3 ' "$map"
	has_not 'veth[12]-br ╌' "$map"
}

@test "a container of guise has its name, and its engine's" {
	box_detached --name web host: sleep 1000 >/dev/null
	has '┌─ web · guise ─' "$(LC_ALL=C.UTF-8 guise map)"
}

@test "ASCII by --ascii and where the locale has no UTF-8; no wider than the terminal" {
	make_world
	same "$(LC_ALL=C LANG=C.UTF-8 COLUMNS=100 "$GUISE" map --from world.json)" "$(drawn --ascii)"
	has '^\+- host ' "$(drawn --ascii)"
	has_not '[^ -~]' "$(LC_ALL=C drawn --ascii)"
	for columns in 20 50 80 200; do
		[ "$(LC_ALL=C.UTF-8 COLUMNS=$columns "$GUISE" map --from world.json | LC_ALL=C.UTF-8 wc -L)" -le $columns ]
	done
}

# COMMAND's output on a terminal of 24 x 100, in the file terminal.
on_terminal() { # COMMAND...
	python3 -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.environ.pop("COLUMNS", None)
    os.execvp(sys.argv[1], sys.argv[1:])
with open("terminal", "wb", buffering=0) as out:
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out.write(data)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$@"
}

@test "on a terminal what is broken is red, but with NO_COLOR" {
	make_world
	LC_ALL=C.UTF-8 on_terminal "$GUISE" map --from world.json
	has $'\e\\[0;1;31m.* veth3-br ' "$(<terminal)"
	LC_ALL=C.UTF-8 NO_COLOR=1 on_terminal "$GUISE" map --from world.json
	has ' veth3-br ' "$(<terminal)"
	has_not $'\e' "$(<terminal)"
}

# ---- other drawings

@test "svg: well-formed, with a title for hovering, without script or another file" {
	make_world
	drawn --format svg >map.svg
	python3 - <<-'EOT'
		import xml.etree.ElementTree as tree
		root = tree.parse("map.svg").getroot()
		ns = "{http://www.w3.org/2000/svg}"
		assert root.tag == ns + "svg" and root.get("role"), root.attrib
		assert root.find(ns + "title").text and root.find(ns + "desc").text
		texts = [t.text for t in root.iter(ns + "text")]
		for want in "net1", "10.10.0.2/24 via 10.10.0.1", "veth3-br", "✗ veth-not-on-bridge":
		    assert want in texts, (want, texts)
		titles = [t.text for t in root.iter(ns + "title")]
		assert any("MAC: " in t for t in titles), titles
		for e in root.iter():
		    assert e.tag not in (ns + "script", ns + "image", ns + "use", ns + "foreignObject"), e.tag
		    assert not any("href" in a or a.startswith("on") for a in e.attrib), e.attrib
	EOT
	has_not 'url\(|@import' "$(<map.svg)"
}

browser() { # OPTION...
	timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$DIR/browser" --hide-scrollbars \
		--window-size=900,900 "$@" "file://$DIR/map.svg" 2>/dev/null
}

# The picture's background, and how many colours it has.
look_at() { # FILE.png
	python3 - "$1" <<-'EOT'
		import struct, sys, zlib
		data = open(sys.argv[1], "rb").read()
		at, parts = 8, b""
		while at < len(data):
		    n, kind = struct.unpack(">I4s", data[at:at + 8])
		    if kind == b"IHDR":
		        w, h, depth, color = struct.unpack(">IIBB", data[at + 8:at + 18])
		    if kind == b"IDAT":
		        parts += data[at + 8:at + 8 + n]
		    at += n + 12
		size = {2: 3, 6: 4}[color]
		raw, row, pixels = zlib.decompress(parts), bytearray(w * size), set()
		for y in range(h):
		    kind, line = raw[y * (w * size + 1)], raw[y * (w * size + 1) + 1:(y + 1) * (w * size + 1)]
		    now = bytearray(line)
		    for i in range(len(now)):
		        a = now[i - size] if i >= size else 0
		        b, c = row[i], row[i - size] if i >= size else 0
		        p = a + b - c
		        near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
		        now[i] = (now[i] + (0, a, b, (a + b) // 2, near)[kind]) & 255
		    row = now
		    if y == 0:
		        first = tuple(row[:3])
		    pixels.update(bytes(row[i:i + 3]) for i in range(0, len(row), size))
		print("light" if sum(first) > 600 else "dark" if sum(first) < 150 else first, len(pixels))
	EOT
}

@test "svg: a browser shows it, on light and on dark" {
	command -v chromium >/dev/null || skip "no browser to look at it: chromium"
	make_world
	drawn --format svg >map.svg
	has '>10\.10\.0\.2/24 via 10\.10\.0\.1</text>' "$(browser --dump-dom)"
	browser --screenshot="$DIR/light.png" --blink-settings=preferredColorScheme=1 >/dev/null
	browser --screenshot="$DIR/dark.png" --blink-settings=preferredColorScheme=0 >/dev/null
	read -r light colors < <(look_at light.png)
	same "$light" light
	[ "$colors" -gt 20 ]
	read -r dark colors < <(look_at dark.png)
	same "$dark" dark
	[ "$colors" -gt 20 ]
}

@test "dot: Graphviz takes it" {
	need_program dot graphviz
	make_world
	drawn --format dot >map.dot
	dot -Tplain map.dot >plain
	has '^node .*"?net1' "$(<plain)"
	has '^edge .* red' "$(<plain)"
}

@test "names that would draw elsewhere are drawn as they are" {
	unshare --net --mount --pid --fork --mount-proc bash -euc '
		mount -t tmpfs tmpfs /run
		evil=$(printf "\033[31m<b>\"\\\\x")
		ip netns add "$evil"
		ip link add "<i>\"&\\" type veth peer name "e\\l\"" netns "$evil"
		"$GUISE" world' >world.json
	map=$(drawn)
	has_not $'\e' "$map"
	has '\\x1b\[31m<b>' "$map"
	drawn --format json | jq -e . >/dev/null
	drawn --format svg >map.svg
	python3 -c 'import xml.etree.ElementTree as t; assert not list(t.parse("map.svg").iter("b"))'
	! command -v dot >/dev/null || drawn --format dot | dot -Tplain >/dev/null
}

@test "what is no world is an error" {
	echo '{' >world.json
	run --separate-stderr -125 guise map --from world.json
	failed_with 125 'world\.json'
	run --separate-stderr -125 guise map --from world.json --watch
	failed_with 125 'leave --watch or --from out'
}

# ---- --watch

@test "--watch draws again what changes, wherever it does, and ends by Ctrl-C with 0" {
	in_machine '
		until_has() { for i in {1..100}; do ! grep -q "$1" out || return 0; sleep .1; done; echo "never: $1"; cat out; exit 1; }
		"$GUISE" map --watch >out & watch=$!
		until_has br0
		sleep .5	# numbers of namespaces, by the first reading, are news
		files=$(ls /proc/$watch/fd | wc -l)
		ip link add late type bridge
		until_has "late"
		ip -n alone link add within type bridge
		until_has "within"
		echo 0 >/proc/sys/net/ipv4/ip_forward
		until_has "forwards nothing"
		ip netns add another
		until_has "another"
		# a namespace is not held by who watches it
		ip netns del net1
		for i in {1..100}; do ip link show veth1-br >/dev/null 2>&1 || break; sleep .1; done
		! ip link show veth1-br 2>/dev/null || false
		for i in {1..100}; do [ "$(tac out | sed "/\f/q" | grep -c net1)" != 0 ] || break; sleep .1; done
		[ "$(tac out | sed "/\f/q" | grep -c net1)" = 0 ]
		# a burst is one
		sleep 1
		before=$(grep -c $'"'\\f'"' out || true)
		for i in 1 2 3 4 5 6; do ip link add burst$i type bridge; done
		until_has burst6
		sleep .5
		[ $(($(grep -c $'"'\\f'"' out) - before)) -le 2 ]
		[ "$(ls /proc/$watch/fd | wc -l)" = "$files" ]
		kill -INT $watch
		wait $watch
	'
}

# What the machine itself still does after it was made, duplicate address detection say, is drawn and done with: of some
# windows one is without work. A program that polled would have none.
@test "--watch sleeps while nothing happens" {
	in_machine '
		"$GUISE" map --watch >out & watch=$!
		used() { local stat; read -r -a stat </proc/$watch/stat; echo $((stat[13] + stat[14])); }
		for i in {1..300}; do ! grep -q br0 out || break; sleep .1; done
		for i in {1..20}; do
			before=$(used)
			sleep 2
			after=$(used)
			[ "$after" != "$before" ] || break
		done
		kill -INT $watch
		wait $watch
		[ "$after" = "$before" ]
	'
}

@test "--watch on a terminal has the other screen, and gives the first one back" {
	export -f on_terminal
	in_machine 'on_terminal timeout --foreground -s INT 2 "$GUISE" map --watch || [ $? = 124 ]'
	has $'\e\\[\\?1049h' "$(<terminal)"
	has 'br0' "$(<terminal)"
	has $'\e\\[\\?1049l' "$(<terminal)"
}

# The configurations that the tests are made from: `base` is a small container as the specification's example
# has it; the functions below change it. Called with $parent (of the cgroups),
# $name, $mark, $dir (the file's directory) and $script (a string of the file's).

def capabilities($names): .process.capabilities =
	{bounding: $names, permitted: $names, effective: $names, inheritable: [], ambient: []};

def base: {
	ociVersion: "1.0.2",
	process: {
		terminal: false,
		user: {uid: 0, gid: 0},
		args: ["sh", "/script"],
		env: ["PATH=/usr/bin:/bin", "CONFORMANCE_TEST=\($mark)"],
		cwd: "/",
		noNewPrivileges: true
	},
	root: {path: "rootfs"},
	hostname: "box",
	mounts: [
		{destination: "/proc", type: "proc", source: "proc"},
		{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
		{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
		{destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
		{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}
	],
	linux: {
		cgroupsPath: "/\($parent)/\($name)",
		namespaces: [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}, {type: "network"}]
	}
} | capabilities(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]);

def args($args): .process.args = $args;
def sh($script): args(["sh", "-c", $script]);
def mount($entry): .mounts += [$entry];
def tmpfs($destination; $options): mount({destination: $destination, type: "tmpfs", source: "tmpfs", options: $options});
def bind($source; $destination; $options): mount({destination: $destination, type: "none", source: $source, options: $options});
def namespace($type): .linux.namespaces += [{type: $type}];
def namespace($type; $path): .linux.namespaces += [{type: $type, path: $path}];
def without_namespace($type): .linux.namespaces |= map(select(.type != $type));
def hook($kind; $entry): .hooks[$kind] += [$entry];
def resources($object): .linux.resources += $object;

# A user namespace whose ids from 0 are the host's from $first.
def user_namespace($first; $size):
	namespace("user") |
	.linux.uidMappings = [{containerID: 0, hostID: $first, size: $size}] |
	.linux.gidMappings = .linux.uidMappings;

# What no user namespace without root has the right to.
def rootless($uid; $gid):
	namespace("user") | del(.linux.cgroupsPath) |
	.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] |
	.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}];

# A seccomp filter that allows all but the rules.
def seccomp($rules): .linux.seccomp = {
	defaultAction: "SCMP_ACT_ALLOW",
	architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	syscalls: $rules};

//! The privileged operations, numbered for ever.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kauth(9) scope an operation is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// None: an action that this version of `secmodel_cell.c` does not know.
    Unknown,
    /// `org.netbsd.kauth.process`
    Process,
    /// `org.netbsd.kauth.system`
    System,
    /// `org.netbsd.kauth.network`
    Network,
    /// `org.netbsd.kauth.machdep`
    Machdep,
    /// `org.netbsd.kauth.device`
    Device,
    /// `org.netbsd.kauth.vnode`
    Vnode,
}

macro_rules! operations {
    ($($number:literal $variant:ident $name:literal $scope:ident $doc:literal;)*) => {
        /// A privileged operation. The number is the ABI: stable for ever, below 128, one bit of an [`OpSet`](crate::OpSet).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $variant = $number,)*
        }

        impl Op {
            /// Every operation, in the order of the numbers, which have no gaps.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The operation of that number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name in definitions, tables and logs. Found by counting: a table of where each begins is as long as
            /// half the names, and small programs have all of them.
            #[must_use]
            pub const fn name(self) -> &'static str {
                const NAMES: &str = concat!($($name, "\n",)*);
                let mut before = self.number();
                let mut rest = NAMES;
                let mut end = 0;
                while let Some((_, [byte, ..])) = rest.as_bytes().split_at_checked(end) {
                    end += 1;
                    if *byte == b'\n' {
                        let (name, after) = match rest.split_at_checked(end) {
                            Some(halves) => halves,
                            None => break,
                        };
                        if before == 0 {
                            return match name.split_at_checked(end - 1) {
                                Some((name, _)) => name,
                                None => name,
                            };
                        }
                        before -= 1;
                        rest = after;
                        end = 0;
                    }
                }
                ""
            }

            /// The operation of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|op| op.name() == name)
            }

            /// The scope it is asked in.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self {
                    $(Self::$variant => Scope::$scope,)*
                }
            }
        }
    };
}

operations! {
    0 Unknown "unknown" Unknown "An action newer than the C file that maps actions to operations.";
    1 ProcessSee "process.see" Process "See a process: its entry, arguments, environment, open files (CANSEE).";
    2 ProcessSignal "process.signal" Process "Send a signal.";
    3 ProcessPtrace "process.ptrace" Process "Trace with ptrace(2).";
    4 ProcessKtrace "process.ktrace" Process "Trace with ktrace(2).";
    5 ProcessProcfs "process.procfs" Process "Read or write through procfs.";
    6 ProcessNice "process.nice" Process "Change the nice value.";
    7 ProcessRlimit "process.rlimit" Process "Read or set resource limits.";
    8 ProcessSetid "process.setid" Process "Change what another process' set-id state allows.";
    9 ProcessCorename "process.corename" Process "Read or set the core file name.";
    10 ProcessStopflag "process.stopflag" Process "Set the stop-on-exec, stop-on-fork, stop-on-exit flags.";
    11 ProcessKevent "process.kevent" Process "Attach a kqueue filter to a process.";
    12 ProcessGetAffinity "process.getaffinity" Process "Read the CPU affinity.";
    13 ProcessSetAffinity "process.setaffinity" Process "Set the CPU affinity.";
    14 ProcessGetSched "process.getsched" Process "Read scheduling parameters.";
    15 ProcessSetSched "process.setsched" Process "Set scheduling parameters.";
    16 ProcessFork "process.fork" Process "Fork: the limit on a cell's processes.";
    17 ProcessRaiseLimit "process.raise-limit" Process "Raise a hard resource limit.";
    18 SystemAccounting "system.accounting" System "Process accounting, acct(2).";
    19 SystemChroot "system.chroot" System "chroot(2), fchroot(2).";
    20 SystemChsysflags "system.chsysflags" System "Change system file flags.";
    21 SystemCpu "system.cpu" System "Set a CPU's state.";
    22 SystemDebug "system.debug" System "Kernel debugging.";
    23 SystemFilehandle "system.filehandle" System "getfh(2), fhopen(2) and their kin.";
    24 SystemMknod "system.mknod" System "Make device nodes.";
    25 MountGet "system.mount.get" System "Read about mounts.";
    26 MountNew "system.mount.new" System "Mount a file system.";
    27 MountUnmount "system.mount.unmount" System "Unmount a file system.";
    28 MountUpdate "system.mount.update" System "Change a mount.";
    29 MountUmap "system.mount.umap" System "Mount a umap file system.";
    30 MountDevice "system.mount.device" System "Use a device for a mount.";
    31 SystemPset "system.pset" System "Processor sets.";
    32 SystemReboot "system.reboot" System "reboot(2).";
    33 SystemSetidcore "system.setidcore" System "Core dumps of set-id programs.";
    34 SystemSwap "system.swap" System "swapctl(2).";
    35 SysctlAdd "system.sysctl.add" System "Add a sysctl node.";
    36 SysctlDelete "system.sysctl.delete" System "Delete a sysctl node.";
    37 SysctlDesc "system.sysctl.desc" System "Set a sysctl description.";
    38 SysctlModify "system.sysctl.modify" System "Write a sysctl value.";
    39 SysctlPrivate "system.sysctl.private" System "Read private sysctl nodes.";
    40 SystemTime "system.time" System "Set or adjust the clock.";
    41 SystemModule "system.module" System "Load or unload kernel modules.";
    42 FsReserved "system.fs.reserved" System "Use a file system's reserve.";
    43 FsQuota "system.fs.quota" System "Quotas.";
    44 SystemSemaphore "system.semaphore" System "Named POSIX semaphores of others.";
    45 SystemSysvipc "system.sysvipc" System "System V IPC objects.";
    46 SystemMqueue "system.mqueue" System "POSIX message queues of others.";
    47 SystemVeriexec "system.veriexec" System "Veriexec's tables.";
    48 SystemDevmapper "system.devmapper" System "Device mapper.";
    49 SystemMapZero "system.map-zero" System "Map page zero.";
    50 SystemLfs "system.lfs" System "LFS cleaner calls.";
    51 FsExtattr "system.fs.extattr" System "Extended attribute administration.";
    52 FsSnapshot "system.fs.snapshot" System "File system snapshots.";
    53 SystemIntr "system.intr" System "Interrupt affinity.";
    54 SystemKernaddr "system.kernaddr" System "See kernel addresses.";
    55 NetworkBind "network.bind" Network "Bind a port.";
    56 NetworkAltq "network.altq" Network "Traffic shaping.";
    57 NetworkFirewall "network.firewall" Network "Packet filter and address translation.";
    58 InterfaceGet "network.interface.get" Network "Read an interface's settings.";
    59 InterfaceSet "network.interface.set" Network "Change an interface.";
    60 NetworkSourceRoute "network.source-route" Network "Forward source-routed packets.";
    61 NetworkNfs "network.nfs" Network "Serve NFS.";
    62 NetworkRoute "network.route" Network "Change routes.";
    63 NetworkRouteSocket "network.route-socket" Network "Open a routing socket.";
    64 NetworkRaw "network.raw" Network "Open a raw or packet socket.";
    65 SocketSee "network.socket.see" Network "See a socket in listings.";
    66 SocketDrop "network.socket.drop" Network "Drop a connection.";
    67 SocketSetpriv "network.socket.setpriv" Network "Privileged socket options.";
    68 NetworkTunnel "network.tunnel" Network "Make or run ppp, slip, tun, bridge, pvc and wg interfaces.";
    69 NetworkIpsec "network.ipsec" Network "Bypass IPsec policy.";
    70 NetworkIpv6 "network.ipv6" Network "Privileged IPv6 options.";
    71 NetworkSmb "network.smb" Network "SMB shares and circuits.";
    72 MachdepCacheflush "machdep.cacheflush" Machdep "Flush caches.";
    73 MachdepUcode "machdep.ucode" Machdep "Load CPU microcode.";
    74 MachdepIo "machdep.io" Machdep "Port input and output: ioperm, iopl.";
    75 MachdepLdt "machdep.ldt" Machdep "Local descriptor table.";
    76 MachdepMtrr "machdep.mtrr" Machdep "Memory type ranges.";
    77 MachdepNvram "machdep.nvram" Machdep "Non-volatile memory.";
    78 MachdepMemory "machdep.memory" Machdep "Unmanaged memory and its kin.";
    79 DeviceOpen "device.open" Device "Open a device node that is not in the cell's list.";
    80 DevicePassthru "device.passthru" Device "Send raw commands to a device.";
    81 DeviceTtyOpen "device.tty.open" Device "Open a terminal that somebody holds exclusively.";
    82 DeviceTtyPriv "device.tty.priv" Device "Privileged terminal settings, input stuffing, virtual consoles.";
    83 DeviceRndAdd "device.rnd.add" Device "Add data to the entropy pool.";
    84 DeviceRndPriv "device.rnd.priv" Device "Manage the entropy pool.";
    85 DeviceBluetooth "device.bluetooth" Device "Bluetooth devices.";
    86 DeviceGpio "device.gpio" Device "Use GPIO pins that were not set up for users.";
    87 DeviceWscons "device.wscons" Device "Keyboard bell and repeat.";
    88 DeviceNvmm "device.nvmm" Device "Virtual machines.";
    89 VnodeExec "vnode.exec" Vnode "Execute a file from a mount that is not read-only.";
}

impl Op {
    /// How many there are; the numbers are 0 to `COUNT - 1`.
    pub const COUNT: usize = Self::ALL.len();

    /// The number in policies, messages and `cell_ops.h`.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| serde::de::Error::custom("operation"))
    }
}

package web

import (
	"net"
	"syscall"
)

// noNewcomers is a program for the kernel's packet filter: it drops the first packet of a connection, which has SYN
// and not ACK among the flags in byte 13 of the TCP header, and lets pass what completes a handshake under way.
var noNewcomers = []syscall.SockFilter{
	{Code: syscall.BPF_LD | syscall.BPF_B | syscall.BPF_ABS, K: 13},
	{Code: syscall.BPF_ALU | syscall.BPF_AND | syscall.BPF_K, K: 0x12},
	{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: 0x02, Jf: 1},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: 0},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: 1 << 18},
}

// bar makes the kernel ignore new connections, so that none waits in the listener's queue when it is closed: those
// would be reset after their clients had spoken. Clients that knock meanwhile try again on their own, a second later,
// and find the door shut. It tells whether that worked.
func bar(listener net.Listener) bool {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	var failed error
	//lint:ignore SA1019 its replacement is a library of its own, for these five instructions
	err = raw.Control(func(fd uintptr) { failed = syscall.AttachLsf(int(fd), noNewcomers) })
	return err == nil && failed == nil
}

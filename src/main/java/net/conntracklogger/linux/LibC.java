// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * Calls of the C library that several packages use, direct-mapped under their C names. {@code size_t} and {@code ssize_t} are
 * {@code long}, because the program supports 64-bit Linux only. A call that fails returns -1 and leaves the errno in
 * {@link Native#getLastError()}; {@link LinuxException#last} makes an exception of it.
 */
public final class LibC {
    /** {@code bits/socket.h} */
    public static final int AF_UNIX = 1;

    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_CLOEXEC = 02000000;
    public static final int SOL_SOCKET = 1;
    public static final int SOL_NETLINK = 270;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_NOSIGNAL = 0x4000;

    /** {@code asm-generic/socket.h} */
    public static final int SO_RCVTIMEO = 20;

    public static final int SO_SNDTIMEO = 21;

    /** {@code asm-generic/sockios.h}: bytes that the receiver has not taken. */
    public static final int SIOCOUTQ = 0x5411;

    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_MEMINFO = 55;
    public static final int SO_PROTOCOL = 38;
    public static final int SO_DOMAIN = 39;
    public static final int SO_NETNS_COOKIE = 71;

    /** {@code bits/socket.h}: a control message with descriptors. */
    public static final int SCM_RIGHTS = 1;

    /** {@code asm-generic/ioctls.h}: close the descriptor on exec. */
    public static final int FIOCLEX = 0x5451;

    /** {@code linux/memfd.h}, {@code linux/falloc.h} */
    public static final int MFD_CLOEXEC = 1;

    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;

    /** {@code bits/fcntl-linux.h} */
    public static final int O_RDONLY = 0;

    public static final int O_WRONLY = 1;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_NOCTTY = 0400;
    public static final int O_NONBLOCK = 04000;
    public static final int O_DIRECTORY = 0200000;
    public static final int O_CLOEXEC = 02000000;
    public static final int O_PATH = 010000000;

    /** {@code bits/time.h} */
    public static final int CLOCK_REALTIME = 0;

    public static final int CLOCK_BOOTTIME = 7;

    /** {@code bits/poll.h} */
    public static final short POLLIN = 1;

    /** {@code asm-generic/ioctls.h} */
    public static final int TIOCGWINSZ = 0x5413;

    /** {@code linux/stat.h}, {@code linux/fcntl.h} */
    public static final int STATX_BASIC_STATS = 0x7ff;

    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_FDCWD = -100;

    /** {@code bits/mman-linux.h} */
    public static final int PROT_READ = 1;

    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 1;
    public static final long MAP_FAILED = -1;
    public static final int MADV_DONTNEED = 4;

    /** {@code bits/eventfd.h} */
    public static final int EFD_CLOEXEC = O_CLOEXEC;

    /** {@code linux/inotify.h} */
    public static final int IN_CREATE = 0x100;

    public static final int IN_MOVED_TO = 0x80;
    public static final int IN_DELETE = 0x200;
    public static final int IN_Q_OVERFLOW = 0x4000;
    public static final int IN_NONBLOCK = O_NONBLOCK;
    public static final int IN_CLOEXEC = O_CLOEXEC;

    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    /** {@code int socket(int domain, int type, int protocol);} */
    public static native int socket(int domain, int type, int protocol);

    /** {@code int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen);} */
    public static native int bind(int sockfd, Pointer addr, int addrlen);

    /** {@code int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen);} */
    public static native int connect(int sockfd, Pointer addr, int addrlen);

    /** {@code int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen);} */
    public static native int getsockname(int sockfd, Pointer addr, Pointer addrlen);

    /** {@code ssize_t send(int sockfd, const void *buf, size_t len, int flags);} */
    public static native long send(int sockfd, Pointer buf, long len, int flags);

    /** {@code ssize_t sendmsg(int sockfd, const struct msghdr *msg, int flags);} */
    public static native long sendmsg(int sockfd, Pointer msg, int flags);

    /** {@code int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags);} */
    public static native int sendmmsg(int sockfd, Pointer msgvec, int vlen, int flags);

    /** {@code ssize_t recv(int sockfd, void *buf, size_t len, int flags);} */
    public static native long recv(int sockfd, Pointer buf, long len, int flags);

    /** {@code ssize_t recvmsg(int sockfd, struct msghdr *msg, int flags);} */
    public static native long recvmsg(int sockfd, Pointer msg, int flags);

    /** {@code int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout);} */
    public static native int recvmmsg(int sockfd, Pointer msgvec, int vlen, int flags, Pointer timeout);

    /** {@code int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen);} */
    public static native int setsockopt(int sockfd, int level, int optname, Pointer optval, int optlen);

    /** {@code int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen);} */
    public static native int getsockopt(int sockfd, int level, int optname, Pointer optval, Pointer optlen);

    /** {@code int ioctl(int fd, unsigned long request, void *argument);} */
    public static native int ioctl(int fd, long request, Pointer argument);

    /** {@code int poll(struct pollfd *fds, nfds_t nfds, int timeout);} */
    public static native int poll(Pointer fds, long nfds, int timeout);

    /** {@code int clock_gettime(clockid_t clockid, struct timespec *tp);} */
    public static native int clock_gettime(int clockid, Pointer tp);

    /** {@code int open(const char *pathname, int flags);} */
    public static native int open(Pointer pathname, int flags);

    /** {@code int open(const char *pathname, int flags, mode_t mode);} */
    public static native int open(Pointer pathname, int flags, int mode);

    /** {@code int fchmod(int fd, mode_t mode);} */
    public static native int fchmod(int fd, int mode);

    /** {@code int rename(const char *oldpath, const char *newpath);} */
    public static native int rename(Pointer oldpath, Pointer newpath);

    /** {@code int unlink(const char *pathname);} */
    public static native int unlink(Pointer pathname);

    /** {@code ssize_t read(int fd, void *buf, size_t count);} */
    public static native long read(int fd, Pointer buf, long count);

    /** {@code ssize_t write(int fd, const void *buf, size_t count);} */
    public static native long write(int fd, byte[] buf, long count);

    /** {@code ssize_t readlinkat(int dirfd, const char *pathname, char *buf, size_t bufsiz);} */
    public static native long readlinkat(int dirfd, Pointer pathname, Pointer buf, long bufsiz);

    /** {@code ssize_t getdents64(int fd, void *dirp, size_t count);} */
    public static native long getdents64(int fd, Pointer dirp, long count);

    /** {@code int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags);} */
    public static native int open_by_handle_at(int mountFd, Pointer handle, int flags);

    /** {@code int statx(int dirfd, const char *pathname, int flags, unsigned int mask, struct statx *statxbuf);} */
    public static native int statx(int dirfd, Pointer pathname, int flags, int mask, Pointer statxbuf);

    /** {@code int fstatfs(int fd, struct statfs *buf);} */
    public static native int fstatfs(int fd, Pointer buf);

    /** {@code int eventfd(unsigned int initval, int flags);} */
    public static native int eventfd(int initval, int flags);

    /** {@code int inotify_init1(int flags);} */
    public static native int inotify_init1(int flags);

    /** {@code int inotify_add_watch(int fd, const char *pathname, uint32_t mask);} */
    public static native int inotify_add_watch(int fd, Pointer pathname, int mask);

    /**
     * {@code int getpwuid_r(uid_t uid, struct passwd *pwd, char *buf, size_t buflen, struct passwd **result);} Returns the
     * errno itself. Blocks for as long as the name service takes.
     */
    public static native int getpwuid_r(int uid, Pointer pwd, Pointer buf, long buflen, Pointer result);

    /**
     * {@code int getpwnam_r(const char *name, struct passwd *pwd, char *buf, size_t buflen, struct passwd **result);} As
     * getpwuid_r.
     */
    public static native int getpwnam_r(Pointer name, Pointer pwd, Pointer buf, long buflen, Pointer result);

    /** {@code int getpagesize(void);} */
    public static native int getpagesize();

    /** {@code void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);} */
    public static native Pointer mmap(Pointer addr, long length, int prot, int flags, int fd, long offset);

    /** {@code int munmap(void *addr, size_t length);} */
    public static native int munmap(Pointer addr, long length);

    /** {@code int madvise(void *addr, size_t length, int advice);} */
    public static native int madvise(Pointer addr, long length, int advice);

    /** {@code int memfd_create(const char *name, unsigned int flags);} */
    public static native int memfd_create(String name, int flags);

    /** {@code int ftruncate(int fd, off_t length);} */
    public static native int ftruncate(int fd, long length);

    /** {@code int fallocate(int fd, int mode, off_t offset, off_t len);} */
    public static native int fallocate(int fd, int mode, long offset, long len);

    /** {@code int close(int fd);} */
    public static native int close(int fd);

    /** {@code int adjtimex(struct timex *buf);} */
    public static native int adjtimex(Pointer buf);

    /** {@code struct tm *localtime_r(const time_t *timep, struct tm *result);} */
    public static native Pointer localtime_r(Pointer timep, Pointer result);

    /** {@code struct tm *gmtime_r(const time_t *timep, struct tm *result);} */
    public static native Pointer gmtime_r(Pointer timep, Pointer result);

    /** {@code size_t strftime(char *s, size_t max, const char *format, const struct tm *tm);} */
    public static native long strftime(Pointer s, long max, String format, Pointer tm);

    /** {@code char *strerror(int errnum);} */
    public static native String strerror(int errnum);
}

// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On scripted ids, with files for namespaces. */
class NetworkNamespacesTest {
    private static final int RTM_NEWNSID = 88;
    private static final int RTM_DELNSID = 89;
    private static final int RTM_GETNSID = 90;
    private static final int NETNSA_NSID = 1;
    private static final int NETNSA_FD = 3;
    private static final int OWN = 5;
    private static final int BLUE = 7;
    private static final int OTHER = 8;

    @TempDir
    private Path directory;

    private final FakeNetlink changes = FakeNetlink.notifying();
    private final FakeNetlink requests = FakeNetlink.answering();
    private final List<Path> links = new ArrayList<>();
    private Path blue;
    private NetworkNamespaces namespaces;

    @BeforeEach
    void open() throws IOException {
        Path names = Files.createDirectory(directory.resolve("netns"));
        blue = Files.createFile(names.resolve("blue"));
        // As much of /proc as is looked at: without processes.
        Path proc = Files.createDirectory(directory.resolve("proc"));
        for (String name : new String[] {"thread-self", "self"}) {
            links.add(Files.createSymbolicLink(proc.resolve(name), Path.of("/proc", name)));
        }
        requests.answer(id(OWN));
        namespaces = new NetworkNamespaces(names, proc, changes, requests);
    }

    @AfterEach
    void close() throws IOException {
        namespaces.close();
        // JUnit would warn of links that lead out of the directory.
        for (Path link : links) {
            Files.delete(link);
        }
    }

    @Test
    void asksForTheIdOfADescriptor() {
        var request = requests.requests().get(0);
        assertEquals(28, request.capacity());
        assertEquals(RTM_GETNSID, request.getShort(4));
        assertEquals(8, request.getShort(20));
        assertEquals(NETNSA_FD, request.getShort(22));
        assertTrue(request.getInt(24) > 2, "a descriptor");
    }

    @Test
    void hasNoNameForItsOwn() throws LinuxException {
        assertNull(namespaces.of(OWN));
        assertNull(namespaces.of(-1));
    }

    @Test
    void findsANameAndItsInode() throws IOException {
        requests.answer(id(BLUE));
        assertEquals(new NetworkNamespace(BLUE, "blue", inode()), namespaces.of(BLUE));
        assertEquals(new NetworkNamespace(BLUE, "blue", inode()), namespaces.of(BLUE), "without asking again");
        assertEquals(2, requests.requests().size());
    }

    @Test
    void takesTheAnswerToItsOwnQuestion() throws IOException {
        requests.answer(datagram(id(OTHER).late()), failure(Errno.EINTR), datagram(id(BLUE)));
        assertEquals("blue", namespaces.of(BLUE).name());
    }

    @Test
    void leavesOneWithoutANameNameless() throws LinuxException {
        requests.answer(error(Errno.EINVAL));
        assertEquals(nameless(), namespaces.of(BLUE));
        // The answer may lack the attribute, too.
        requests.answer(FakeMessage.of(RTM_NEWNSID).zeros(4));
        assertEquals(nameless(), namespaces.of(BLUE));
    }

    @Test
    void leavesItNamelessIfTheKernelDoesNotAnswer() throws LinuxException {
        assertEquals(nameless(), namespaces.of(BLUE));
    }

    @Test
    void leavesAnEndedNamespaceNamelessWhileItsEventsMayWait() throws IOException {
        requests.answer(id(BLUE)).answer(id(BLUE));
        namespaces.of(BLUE);
        changes.notify(ended(BLUE));
        assertEquals(nameless(), namespaces.of(BLUE));
        namespaces.drained();
        assertEquals("blue", namespaces.of(BLUE).name(), "the id is in use again");
    }

    @Test
    void forgetsTheNameOfAnIdThatEnds() throws IOException {
        requests.answer(id(BLUE)).answer(id(OTHER));
        namespaces.of(BLUE);
        changes.notify(ended(BLUE));
        namespaces.drained();
        namespaces.drained();
        assertEquals(nameless(), namespaces.of(BLUE), "the name has another id");
        assertEquals("blue", namespaces.of(OTHER).name());
    }

    @Test
    void keepsTheOthersWhenOneEnds() throws IOException {
        requests.answer(id(BLUE));
        namespaces.of(BLUE);
        changes.notify(ended(BLUE + 1));
        assertEquals("blue", namespaces.of(BLUE).name());
    }

    @Test
    void trustsNoIdAfterChangesWereDropped() throws IOException {
        requests.answer(id(BLUE)).answer(id(OTHER));
        namespaces.of(BLUE);
        changes.notify(failure(Errno.ENOBUFS));
        assertEquals(nameless(), namespaces.of(BLUE));
        assertEquals(2, requests.requests().size(), "nothing is asked while events may wait");
        namespaces.drained();
        assertEquals(nameless(), namespaces.of(BLUE), "the name has another id");
        assertEquals("blue", namespaces.of(OTHER).name());
    }

    @Test
    void passesOverOtherChanges() throws IOException {
        requests.answer(id(BLUE));
        namespaces.of(BLUE);
        changes.notify(failure(Errno.EINTR), datagram(id(BLUE)), datagram(FakeMessage.of(RTM_DELNSID)));
        assertEquals("blue", namespaces.of(BLUE).name());
    }

    @Test
    void trustsNoIdAfterChangesCouldNotBeReceived() throws IOException {
        requests.answer(id(BLUE)).answer(id(BLUE));
        assertEquals("blue", namespaces.of(BLUE).name());
        changes.notify(failure(Errno.ENOMEM));
        assertEquals(nameless(), namespaces.of(BLUE));
        changes.notify(failure(Errno.ENOMEM));
        namespaces.drained();
        assertEquals(nameless(), namespaces.of(BLUE), "changes may have been missed again");
        namespaces.drained();
        assertEquals("blue", namespaces.of(BLUE).name());
    }

    private static NetworkNamespace nameless() {
        return new NetworkNamespace(BLUE, "nsid:" + BLUE, 0);
    }

    private long inode() throws IOException {
        return (Long) Files.getAttribute(blue, "unix:ino");
    }

    private static FakeMessage id(int id) {
        return FakeMessage.of(RTM_NEWNSID).zeros(4).attribute32(NETNSA_NSID, id);
    }

    private static FakeMessage ended(int id) {
        return FakeMessage.of(RTM_DELNSID).zeros(4).attribute32(NETNSA_NSID, id);
    }
}

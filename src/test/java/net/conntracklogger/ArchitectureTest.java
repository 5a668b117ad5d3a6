// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import net.conntracklogger.systemd.ServiceManager;
import org.junit.jupiter.api.Test;

/** Checks that imports go one way, from the wiring down to the vocabulary, and that each library has its place. */
class ArchitectureTest {
    private static final String ROOT = "net.conntracklogger";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** Packages below the root, lowest floor first. A package imports from lower floors only, not from its own floor. */
    private static final List<Set<String>> FLOORS = List.of(
            Set.of("flow", "linux"),
            Set.of("linux.netlink", "linux.bpf", "filter"),
            Set.of("concurrent", "config", "entry", "systemd", "terminal"),
            Set.of("process", "handover", "watch", "fleet.template"),
            Set.of("rtnetlink"),
            Set.of("netfilter", "names", "journal", "output"),
            Set.of("netfilter.tracking"),
            Set.of("identity", "history.query"),
            Set.of("history.coverage"),
            Set.of("history.journal"),
            Set.of("archive"),
            Set.of("archive.read", "archive.write"),
            Set.of("history", "question"),
            Set.of("fleet.search"),
            Set.of("answer"),
            Set.of("check", "fleet", "learn", "report"),
            Set.of("attribution.holders", "attribution.programs"),
            Set.of("attribution.records"),
            Set.of("attribution.reports", "attribution.listeners"),
            Set.of("attribution.sockets"),
            Set.of("attribution"),
            Set.of("delivery"),
            Set.of("summary"),
            Set.of("capture"),
            Set.of("health"),
            Set.of("status"),
            Set.of(""),
            Set.of("cli.output"),
            Set.of("cli.answer"),
            Set.of("cli.ask"),
            Set.of("cli"));

    @Test
    void importsGoDown() {
        check(classes().should(importFromLowerFloorsOnly()));
    }

    @Test
    void onlyBindingsCallNativeCode() {
        check(isKnownOnlyTo(
                "com.sun.jna..",
                "linux",
                "linux.netlink",
                "linux.bpf",
                "netfilter",
                "netfilter.tracking",
                "journal",
                "history.journal",
                "identity",
                "attribution.programs",
                "attribution.listeners",
                "rtnetlink"));
    }

    @Test
    void onlySystemdKnowsUnixSockets() {
        check(isKnownOnlyTo("jnr..", "systemd"));
    }

    @Test
    void onlyNamesKnowsDnsjava() {
        check(isKnownOnlyTo("org.xbill.DNS..", "names"));
    }

    /** DuckDB is not on the class path of the service. */
    @Test
    void onlyTheArchiveKnowsDuckDb() {
        check(isKnownOnlyTo("org.duckdb..", "archive", "archive.read", "archive.write"));
    }

    @Test
    void onlyCommandsReadTheLogBack() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + ".history..",
                        ROOT + ".archive..",
                        ROOT + ".question",
                        ROOT + ".answer",
                        ROOT + ".check",
                        ROOT + ".fleet..",
                        ROOT + ".learn",
                        ROOT + ".report",
                        ROOT + ".cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".history..", ROOT + ".archive.."));
    }

    /** The daemon loads no command-line library. */
    @Test
    void onlyTheCommandLineKnowsPicocli() {
        check(isKnownOnlyTo("picocli..", "cli", "cli.ask", "cli.output"));
    }

    /** Standard output is for programs to read: only the entry points write there. */
    @Test
    void onlyTheEntryPointsKnowTheStandardStreams() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cli..")
                .and()
                .areNotAssignableTo(Daemon.class)
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err"));
    }

    /** systemd calls itself a service manager. */
    @Test
    void namesSayWhatAClassIs() {
        check(noClasses()
                .that()
                .areNotAssignableTo(ServiceManager.class)
                .should()
                .haveNameMatching(".*(Manager|Utils?|Helper|Impl)"));
    }

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    private static ArchCondition<JavaClass> importFromLowerFloorsOnly() {
        return new ArchCondition<>("import from lower floors only") {
            @Override
            public void check(JavaClass importer, ConditionEvents events) {
                for (Dependency dependency : importer.getDirectDependenciesFromSelf()) {
                    String from = importer.getPackageName();
                    String to = dependency.getTargetClass().getPackageName();
                    if (to.startsWith(ROOT) && !to.equals(from) && floor(to) >= floor(from)) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static int floor(String name) {
        String below = name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
        for (int i = 0; i < FLOORS.size(); i++) {
            if (FLOORS.get(i).contains(below)) {
                return i;
            }
        }
        throw new AssertionError(name + " is on no floor: add it to FLOORS");
    }

    private static ArchRule isKnownOnlyTo(String library, String... packages) {
        String[] names = new String[packages.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = ROOT + "." + packages[i];
        }
        return noClasses()
                .that()
                .resideOutsideOfPackages(names)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}

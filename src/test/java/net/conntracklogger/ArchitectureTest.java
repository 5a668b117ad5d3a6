// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import net.conntracklogger.systemd.ServiceManager;

/** Imports go one way: {@code flow} knows nobody, the stages know {@code flow}, and the root package wires the stages. */
@AnalyzeClasses(packages = "net.conntracklogger", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "net.conntracklogger";
    private static final String FLOW = ROOT + ".flow";
    private static final String LINUX = ROOT + ".linux";
    private static final String ENTRY = ROOT + ".entry";
    private static final String NETFILTER = ROOT + ".netfilter";
    private static final String ATTRIBUTION = ROOT + ".attribution";
    private static final String JOURNAL = ROOT + ".journal";
    private static final String OUTPUT = ROOT + ".output";
    private static final String CONFIG = ROOT + ".config";
    private static final String SYSTEMD = ROOT + ".systemd";
    private static final String RESOLVED = ROOT + ".resolved";
    private static final String CLI = ROOT + ".cli";
    private static final String JAVA = "java..";
    private static final String JNA = "com.sun.jna..";
    private static final String JNR = "jnr..";
    private static final String JSON = "com.grack.nanojson..";
    private static final String PICOCLI = "picocli..";

    @ArchTest
    static final ArchRule flowKnowsTheJdkAlone = knowsOnly(FLOW, JAVA);

    @ArchTest
    static final ArchRule linuxKnowsNothingOfFlows = knowsOnly(LINUX, JNA, JAVA);

    @ArchTest
    static final ArchRule entryKnowsFlow = knowsOnly(ENTRY, FLOW, JAVA);

    @ArchTest
    static final ArchRule netfilterKnowsNoOtherStage = knowsOnly(NETFILTER, FLOW, LINUX, JNA, JAVA);

    @ArchTest
    static final ArchRule attributionKnowsNoOtherStage = knowsOnly(ATTRIBUTION, FLOW, LINUX, JNA, JAVA);

    @ArchTest
    static final ArchRule journalKnowsNoOtherStage = knowsOnly(JOURNAL, ENTRY, FLOW, LINUX, JNA, JAVA);

    @ArchTest
    static final ArchRule outputKnowsNoOtherStage = knowsOnly(OUTPUT, ENTRY, FLOW, LINUX, JAVA);

    @ArchTest
    static final ArchRule configKnowsNoStage = knowsOnly(CONFIG, FLOW, LINUX, JAVA);

    @ArchTest
    static final ArchRule systemdKnowsNoStage = knowsOnly(SYSTEMD, FLOW, LINUX, JNA, JNR, JAVA);

    @ArchTest
    static final ArchRule resolvedKnowsNoStage = knowsOnly(RESOLVED, FLOW, JSON, JAVA);

    /** No command-line library on the daemon's way to its start. */
    @ArchTest
    static final ArchRule theRootKnowsNoCommandLine = noClasses()
            .that()
            .resideInAPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, PICOCLI);

    @ArchTest
    static final ArchRule theRootCallsNoNativeCode = noClasses()
            .that()
            .resideInAPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JNA, JNR);

    @ArchTest
    static final ArchRule theCommandLineCallsNoNativeCode = noClasses()
            .that()
            .resideInAPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JNA, JNR);

    /** What goes to standard output is for programs to read, so only those write there whose job it is. */
    @ArchTest
    static final ArchRule onlyTheEntryPointsKnowTheStandardStreams = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .and()
            .areNotAssignableTo(Daemon.class)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    /** A name that says nothing hides what a class is for. systemd calls itself a service manager. */
    @ArchTest
    static final ArchRule namesSayWhatAClassIs = noClasses()
            .that()
            .areNotAssignableTo(ServiceManager.class)
            .should()
            .haveNameMatching(".*(Manager|Utils?|Helper|Impl)");

    private static ArchRule knowsOnly(String itself, String... others) {
        return classes()
                .that()
                .resideInAPackage(itself)
                .should()
                .onlyDependOnClassesThat(resideInAPackage(itself).or(resideInAnyPackage(others)));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class of tests against the real kernel. Each test runs in a network namespace of its own, and needs root. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(InOwnNetwork.class)
public @interface KernelTest {}

// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.lang.reflect.Method;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Runs each test, and the methods before and after it, in an {@link OwnNetwork}. A test with a parameter of that type gets
 * the network namespace at the far end of a cable.
 */
public final class InOwnNetwork implements InvocationInterceptor, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(InOwnNetwork.class);

    /** Time that is left to show where a test hangs. */
    private static final long MARGIN_SECONDS = 10;

    /** Returns the network namespace that a test runs in. JUnit closes the namespace after the test. */
    public static OwnNetwork near(ExtensionContext context) {
        return network(context, "near");
    }

    private static OwnNetwork network(ExtensionContext context, String name) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(name, key -> create(), OwnNetwork.class);
    }

    private static OwnNetwork create() {
        try {
            return OwnNetwork.create();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void run(Invocation<Void> invocation, ExtensionContext context) throws Throwable {
        near(context)
                .call(
                        () -> {
                            try {
                                return invocation.proceed();
                            } catch (Exception | Error e) {
                                throw e;
                            } catch (Throwable e) {
                                throw new AssertionError(e);
                            }
                        },
                        patience(context));
    }

    /** Returns how many seconds a test may take. A test with a timeout of its own may take almost that long. */
    private static long patience(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), Timeout.class)
                .map(own -> own.unit().toSeconds(own.value()) - MARGIN_SECONDS)
                .orElse(OwnNetwork.PATIENCE_SECONDS);
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == OwnNetwork.class;
    }

    @Override
    public OwnNetwork resolveParameter(ParameterContext parameter, ExtensionContext context) {
        OwnNetwork far = network(context, "far");
        try {
            near(context).join(far);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return far;
    }
}

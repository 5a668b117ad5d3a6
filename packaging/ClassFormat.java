// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.JSRInlinerAdapter;

/**
 * Rewrites the classes of a jar in the class format of Java 8: {@code ClassFormat JAR}. The JVM keeps classes of Java 5, such
 * as those of picocli, out of its class archive, and parses and verifies them at each start. Their code stays as it is.
 */
final class ClassFormat {
    private ClassFormat() {}

    public static void main(String[] arguments) throws IOException {
        Path jar = Path.of(arguments[0]);
        ByteArrayOutputStream rewritten = new ByteArrayOutputStream();
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(rewritten);
                URLClassLoader classes = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                byte[] bytes = from.getInputStream(entry).readAllBytes();
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                to.putNextEntry(copy);
                boolean code = entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
                to.write(code ? rewrite(bytes, classes) : bytes);
                to.closeEntry();
            }
        }
        Files.write(jar, rewritten.toByteArray());
    }

    private static byte[] rewrite(byte[] bytes, ClassLoader classes) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
            @Override
            protected ClassLoader getClassLoader() {
                return classes;
            }
        };
        new ClassReader(bytes).accept(new Upgrade(writer), ClassReader.SKIP_FRAMES);
        return writer.toByteArray();
    }

    private static final class Upgrade extends ClassVisitor {
        Upgrade(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            super.visit(Math.max(version, Opcodes.V1_8), access, name, signature, parent, interfaces);
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
            // The format has no subroutines, which compilers of Java 5 made of "finally".
            MethodVisitor next = super.visitMethod(access, name, type, signature, exceptions);
            return new JSRInlinerAdapter(next, access, name, type, signature, exceptions);
        }
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationChangeTest {
    private static Configuration parse(Path directory, String text) throws IOException, ConfigurationException {
        return ConfigurationReader.read(Files.writeString(directory.resolve("test.conf"), text));
    }

    @Test
    void isEmptyIfNothingDiffers() {
        ConfigurationChange change = ConfigurationChange.of(Configuration.DEFAULT, Configuration.DEFAULT);
        assertEquals(new ConfigurationChange(Configuration.DEFAULT, List.of(), List.of()), change);
    }

    @Test
    void appliesOnlyWhatCanChange(@TempDir Path directory) throws Exception {
        Configuration read =
                parse(directory, "[Capture]\nQueue=5\nNamespaces=all\n[Log]\nProtocols=tcp\nCommandLine=no\n");
        ConfigurationChange change = ConfigurationChange.of(Configuration.DEFAULT, read);
        assertEquals(List.of("Protocols"), change.changed());
        assertEquals(List.of("Queue", "Namespaces", "CommandLine"), change.deferred());
        assertEquals(parse(directory, "[Log]\nProtocols=tcp\n"), change.applied());
    }

    /** The service does not use them: a reload takes the values, and says nothing of a restart. */
    @Test
    void saysNothingOfWhatOthersRead(@TempDir Path directory) throws Exception {
        Configuration read = parse(directory, "[Archive]\nKeep=90d\n[Fleet]\nURL=http://search1.example.org\n");
        assertEquals(
                new ConfigurationChange(read, List.of(), List.of()),
                ConfigurationChange.of(Configuration.DEFAULT, read));
    }

    /** The message names a component as the key that sets it. */
    @Test
    void namesKeys() throws IOException {
        String shipped = Files.readString(Path.of("packaging/conntrack-logger.conf"));
        for (RecordComponent component : Configuration.class.getRecordComponents()) {
            String name = component.getName();
            String key = Character.toUpperCase(name.charAt(0)) + name.substring(1);
            boolean section = ConfigurationChange.OF_OTHERS.contains(name);
            assertTrue(shipped.contains(section ? "\n[" + key + "]" : "\n#" + key + "="), key);
        }
    }

    @Test
    void knowsTheKeysThatCanChange() {
        Set<String> names = Arrays.stream(Configuration.class.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toSet());
        assertFalse(ConfigurationChange.LIVE.isEmpty());
        assertTrue(names.containsAll(ConfigurationChange.LIVE), ConfigurationChange.LIVE::toString);
    }
}

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/** A node of OpenSearch on the jars of Maven Central. Its arguments are settings: {@code KEY=VALUE} or {@code KEY=VALUE,VALUE...}. */
public final class OpenSearchNode extends Node {

    private OpenSearchNode(Settings settings, Collection<Class<? extends Plugin>> plugins) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node"), plugins, true);
    }

    public static void main(String[] arguments) throws Exception {
        Settings.Builder settings = Settings.builder();
        for (String argument : arguments) {
            String[] setting = argument.split("=", 2);
            String[] values = setting[1].split(",");
            if (values.length == 1) {
                settings.put(setting[0], values[0]);
            } else {
                settings.putList(setting[0], values);
            }
        }
        new OpenSearchNode(settings.build(), List.of(Netty4Plugin.class, CommonAnalysisPlugin.class)).start();
        Thread.currentThread().join();
    }
}

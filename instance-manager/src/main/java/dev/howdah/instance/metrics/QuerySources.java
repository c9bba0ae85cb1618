// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.json.Trees;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The queries of a Cluster: our own, then those of its ConfigMaps, then those of its Secrets; of
/// both the default ones first, which the Cluster's definition doesn't have to name. They are read
/// again when the Cluster says that they changed, and every few minutes.
final class QuerySources {
  /// The ConfigMap, and the Secret, of the default queries.
  private static final String STANDARD = "cnpg-default-monitoring";

  private static final Duration DEADLINE = Duration.ofSeconds(3);
  private static final Duration AGAIN = Duration.ofMinutes(5);
  private static final Duration AGAIN_AFTER_FAILURE = Duration.ofSeconds(30);

  private final KubeClient kube;
  private final String namespace;
  private final Map<String, QueryFile> last = new LinkedHashMap<>();
  private @Nullable QueryFile own;
  private QueryFile known = QueryFile.NONE;
  private String version = "";
  private long readAt;
  private boolean complete;

  QuerySources(KubeClient kube, String namespace) {
    this.kube = kube.deadline(DEADLINE);
    this.namespace = namespace;
  }

  /// The queries as they stand. What can't be read now stays as it was read last.
  QueryFile current(JsonNode cluster) {
    JsonNode monitoring = cluster.path("spec").path("monitoring");
    JsonNode status = cluster.path("status");
    String now =
        monitoring
            + "/"
            + status.path("configMapResourceVersion").path("metrics")
            + "/"
            + status.path("secretsResourceVersion").path("metrics");
    Duration age = Duration.ofNanos(System.nanoTime() - readAt);
    if (!now.equals(version) || age.compareTo(complete ? AGAIN : AGAIN_AFTER_FAILURE) > 0) {
      complete = true;
      known = read(monitoring);
      version = now;
      readAt = System.nanoTime();
    }
    return known;
  }

  private QueryFile read(JsonNode monitoring) {
    QueryFile all = own();
    all = all.and(sources(Resource.CONFIG_MAPS, monitoring, "customQueriesConfigMap"));
    return all.and(sources(Resource.SECRETS, monitoring, "customQueriesSecret"));
  }

  private QueryFile sources(Resource resource, JsonNode monitoring, String list) {
    boolean named = false;
    QueryFile all = QueryFile.NONE;
    for (JsonNode reference : monitoring.path(list)) {
      named |= reference.path("name").asText("").equals(STANDARD);
      all = all.and(source(resource, reference));
    }
    boolean wanted = !named && !monitoring.path("disableDefaultQueries").asBoolean(false);
    return wanted ? standard(resource).and(all) : all;
  }

  /// What the operator has put beside the Cluster for every Cluster. Nothing is amiss where there
  /// is nothing: an administrator may want none, and the ConfigMap comes a moment after the
  /// Cluster.
  private QueryFile standard(Resource resource) {
    JsonNode reference = Json.object().put("name", STANDARD).put("key", "queries");
    return source(resource, reference);
  }

  private QueryFile own() {
    QueryFile mine = own;
    if (mine == null) {
      mine = collector();
      own = mine;
    }
    return mine;
  }

  /// The queries of `cnpg_collector_*`.
  static QueryFile collector() {
    try (InputStream in = QuerySources.class.getResourceAsStream("collector.yaml")) {
      if (in == null) {
        throw new IllegalStateException("missing from the build: collector.yaml");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)).catalogOnly();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private QueryFile source(Resource resource, JsonNode reference) {
    String name = reference.path("name").asText("");
    String key = reference.path("key").asText("");
    String where = resource.kind() + " " + name + ", key " + key;
    try {
      String encoded = kube.get(resource, namespace, name).path("data").path(key).asText("");
      String text =
          resource.equals(Resource.SECRETS)
              ? new String(Base64.getMimeDecoder().decode(encoded), StandardCharsets.UTF_8)
              : encoded;
      QueryFile file = text.isEmpty() ? problem(where, "it is missing or empty") : parse(text);
      file = name.equals(STANDARD) ? file.catalogOnly() : file;
      last.put(where, file);
      return file;
    } catch (KubeException e) {
      if (e.isNotFound() && name.equals(STANDARD)) {
        complete &= resource.equals(Resource.SECRETS);
        last.remove(where);
        return QueryFile.NONE;
      }
      complete = false;
      return last.getOrDefault(where, problem(where, String.valueOf(e.getMessage())));
    } catch (IOException | IllegalArgumentException e) {
      return problem(where, "not YAML: " + firstLine(String.valueOf(e.getMessage())));
    }
  }

  /// The parser's messages quote the text, which may be a Secret's, from their second line on.
  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static QueryFile problem(String where, String what) {
    return new QueryFile(Map.of(), Map.of(where, what));
  }

  /// @throws IOException if it isn't YAML
  static QueryFile parse(String yaml) throws IOException {
    try (var parser = new YAMLFactory().createParser(yaml)) {
      return QueryFile.of(Trees.read(parser));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.openapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Serves `/openapi/v3`: an index, and a document per group and version, made when first asked for
/// and kept until the CustomResourceDefinitions of the group change (or memory is short).
public final class OpenApi {
  /// One resource that is served; `subresources` such as `status` and `scale`.
  public record Resource(
      String group,
      String version,
      String plural,
      String kind,
      boolean namespaced,
      List<String> subresources) {
    public Resource {
      subresources = List.copyOf(subresources);
    }

    /// `v1` or `apps/v1`.
    String apiVersion() {
      return group.isEmpty() ? version : group + "/" + version;
    }

    /// `api/v1` or `apis/apps/v1`, as the index names its document.
    String path() {
      return (group.isEmpty() ? "api/" : "apis/") + apiVersion();
    }
  }

  /// A document to send: JSON, and the value of its `ETag` header (quotes included).
  public record Document(byte[] body, String etag) {}

  private record Kept(String hash, SoftReference<byte[]> body) {}

  private final Collection<Resource> builtIn;
  private final Supplier<Collection<ObjectNode>> definitions;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();

  public OpenApi(
      Collection<Resource> builtIn, Supplier<Collection<ObjectNode>> customResourceDefinitions) {
    this.builtIn = List.copyOf(builtIn);
    this.definitions = customResourceDefinitions;
  }

  /// The body of `/openapi/v3`.
  public ObjectNode index() {
    var index = JsonNodeFactory.instance.objectNode();
    var paths = index.putObject("paths");
    contents()
        .forEach((path, content) ->
            paths
                .putObject(path)
                .put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + content.hash()));
    return index;
  }

  /// The body of `/openapi/v3/<path>`, where the path is `api/v1` or `apis/apps/v1`; absent when
  /// there is no such group and version.
  public @Nullable Document document(String path) {
    var content = contents().get(path);
    if (content == null) {
      return null;
    }
    var hash = content.hash();
    var known = kept.get(path);
    var body = known != null && known.hash().equals(hash) ? known.body().get() : null;
    if (body == null) {
      body = content.write();
      kept.put(path, new Kept(hash, new SoftReference<>(body)));
    }
    return new Document(body, "\"" + hash + "\"");
  }

  /// What each document is made of, by path.
  private Map<String, Content> contents() {
    var contents = new TreeMap<String, Content>();
    for (var resource : builtIn) {
      contents.computeIfAbsent(resource.path(), _ -> new Content()).add(resource, null, "");
    }
    for (var definition : definitions.get()) {
      var spec = definition.path("spec");
      var metadata = definition.path("metadata");
      var revision = metadata.path("uid").asText() + " " + metadata.path("generation").asText();
      for (var version : spec.path("versions")) {
        if (version.path("served").asBoolean()) {
          var resource =
              new Resource(
                  spec.path("group").asText(),
                  version.path("name").asText(),
                  spec.path("names").path("plural").asText(),
                  spec.path("names").path("kind").asText(),
                  spec.path("scope").asText().equals("Namespaced"),
                  version.path("subresources").propertyStream().map(Map.Entry::getKey).toList());
          contents
              .computeIfAbsent(resource.path(), _ -> new Content())
              .add(resource, (ObjectNode) version, revision);
        }
      }
    }
    return contents;
  }

  /// The resources of one group and version; custom ones with their entry of `spec.versions`.
  private static final class Content {
    private final List<Resource> resources = new ArrayList<>();
    private final List<@Nullable ObjectNode> versions = new ArrayList<>();
    private final List<String> revisions = new ArrayList<>();

    void add(Resource resource, @Nullable ObjectNode version, String revision) {
      resources.add(resource);
      versions.add(version);
      revisions.add(revision);
    }

    String hash() {
      try {
        var digest = MessageDigest.getInstance("SHA-256");
        digest.update((resources + " " + revisions).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().withUpperCase().formatHex(digest.digest());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    byte[] write() {
      var document = new DocumentBuilder();
      for (var i = 0; i < resources.size(); i++) {
        var version = versions.get(i);
        if (version == null) {
          document.addBuiltIn(resources.get(i));
        } else {
          document.addCustom(resources.get(i), version);
        }
      }
      return document.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Talks to a Kubernetes API server in JSON trees.
///
/// Every call has a deadline ([#deadline(Duration)]) and fails with [KubeException]. Reads of
/// single objects and lists carry no resourceVersion: they are quorum reads, never answers from a
/// stale cache. Safe for use by many threads.
public final class KubeClient implements AutoCloseable {
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);
  private static final String PAGE = "500";
  private static final String JSON = "application/json";

  private final Transport transport;
  private final Duration deadline;
  private final String namespace;

  public KubeClient(KubeSettings settings) throws GeneralSecurityException, IOException {
    this(new Transport(settings), DEFAULT_DEADLINE, settings.namespace());
  }

  private KubeClient(Transport transport, Duration deadline, String namespace) {
    this.transport = transport;
    this.deadline = deadline;
    this.namespace = namespace;
  }

  /// The same connection with another deadline for each call.
  public KubeClient deadline(Duration value) {
    return new KubeClient(transport, value, namespace);
  }

  /// The namespace of the settings: the pod's own, or the one of the kubeconfig context.
  public String namespace() {
    return namespace;
  }

  /// Reads one object.
  public ObjectNode get(Resource resource, String namespace, String name) {
    return call("GET", resource.path(namespace, name), Map.of(), null, JSON);
  }

  /// Reads one object that may not exist.
  public Optional<ObjectNode> find(Resource resource, String namespace, String name) {
    try {
      return Optional.of(get(resource, namespace, name));
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Reads a collection, page by page; an empty namespace means all of them.
  public Listing list(Resource resource, String namespace, Selection selection) {
    var items = new ArrayList<ObjectNode>();
    String next = "";
    ObjectNode page;
    do {
      Map<String, String> parameters = selection.parameters();
      parameters.put("limit", PAGE);
      if (!next.isEmpty()) {
        parameters.put("continue", next);
      }
      page = call("GET", resource.collection(namespace), parameters, null, JSON);
      for (JsonNode item : page.path("items")) {
        ObjectNode object = (ObjectNode) item;
        object.put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
        items.add(object);
      }
      next = page.path("metadata").path("continue").asText("");
    } while (!next.isEmpty());
    return new Listing(items, Json.resourceVersion(page));
  }

  /// Whether the server knows a kind, which an object that isn't there doesn't tell.
  public boolean serves(Resource resource, String namespace) {
    try {
      list(resource, namespace, Selection.name("none"));
      return true;
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  /// Follows a collection until the returned handle is closed; see [Watch].
  public Watch watch(
      Resource resource, String namespace, Selection selection, Consumer<WatchEvent> listener) {
    return watch(resource, namespace, selection, listener, Watch.Rounds.USUAL);
  }

  Watch watch(
      Resource resource,
      String namespace,
      Selection selection,
      Consumer<WatchEvent> listener,
      Watch.Rounds rounds) {
    return new Watch(this, resource, namespace, selection, "", listener, rounds);
  }

  /// Follows one object: needs permission to get and watch it only, not to list its kind.
  public Watch watchOne(
      Resource resource, String namespace, String name, Consumer<WatchEvent> listener) {
    return new Watch(
        this, resource, namespace, Selection.name(name), name, listener, Watch.Rounds.USUAL);
  }

  /// Creates an object; its namespace and name (or generateName) are in it.
  public ObjectNode create(Resource resource, ObjectNode object) {
    return call("POST", resource.collection(Json.namespace(object)), Map.of(), object, JSON);
  }

  /// Replaces an object; a compare-and-swap when it carries a resourceVersion, as one that was read
  /// does.
  public ObjectNode update(Resource resource, ObjectNode object) {
    String path = resource.path(Json.namespace(object), Json.name(object));
    return call("PUT", path, Map.of(), object, JSON);
  }

  /// Replaces the status of an object, under the same conditions as [#update].
  public ObjectNode updateStatus(Resource resource, ObjectNode object) {
    String path = resource.path(Json.namespace(object), Json.name(object)) + "/status";
    return call("PUT", path, Map.of(), object, JSON);
  }

  public ObjectNode patch(Resource resource, String namespace, String name, Patch patch) {
    return patch(resource, namespace, name, "", patch);
  }

  public ObjectNode patchStatus(Resource resource, String namespace, String name, Patch patch) {
    return patch(resource, namespace, name, "status", patch);
  }

  /// Merges `fields` into the status of just the object that was seen: one that was changed or made
  /// anew since is a conflict.
  public ObjectNode mergeStatusOfSeen(Resource resource, ObjectNode seen, ObjectNode fields) {
    ObjectNode patch = Json.object();
    patch
        .putObject("metadata")
        .put("uid", Json.uid(seen))
        .put("resourceVersion", Json.resourceVersion(seen));
    patch.set("status", fields);
    return patchStatus(resource, Json.namespace(seen), Json.name(seen), new Patch.Merge(patch));
  }

  /// Merges `body` into an object: the most frequent patch.
  public ObjectNode merge(Resource resource, String namespace, String name, ObjectNode body) {
    return patch(resource, namespace, name, "", new Patch.Merge(body));
  }

  /// Patches an object or one of its subresources (`status`, `scale`; empty: the object itself).
  public ObjectNode patch(
      Resource resource, String namespace, String name, String subresource, Patch patch) {
    String path = resource.path(namespace, name) + (subresource.isEmpty() ? "" : "/" + subresource);
    return call("PATCH", path, patch.parameters(), patch.body(), patch.contentType());
  }

  /// Creates or changes the fields in `object` by server-side apply.
  public ObjectNode apply(
      Resource resource, ObjectNode object, String fieldManager, boolean force) {
    var patch = new Patch.Apply(object, fieldManager, force);
    return patch(resource, Json.namespace(object), Json.name(object), "", patch);
  }

  /// What the server would make of [#apply]: everything is checked, nothing is stored.
  public ObjectNode tryApply(
      Resource resource, ObjectNode object, String fieldManager, boolean force) {
    var patch = new Patch.Apply(object, fieldManager, force);
    Map<String, String> parameters = patch.parameters();
    parameters.put("dryRun", "All");
    String path = resource.path(Json.namespace(object), Json.name(object));
    return call("PATCH", path, parameters, patch.body(), patch.contentType());
  }

  /// What the server would make of [#update]: everything is checked, nothing is stored.
  public ObjectNode tryUpdate(Resource resource, ObjectNode object) {
    String path = resource.path(Json.namespace(object), Json.name(object));
    return call("PUT", path, Map.of("dryRun", "All"), object, JSON);
  }

  /// What the server would make of [#create]: everything is checked, nothing is stored.
  public ObjectNode tryCreate(Resource resource, ObjectNode object) {
    String path = resource.collection(Json.namespace(object));
    return call("POST", path, Map.of("dryRun", "All"), object, JSON);
  }

  /// Deletes an object. Absent already: a [KubeException] with `isNotFound`; another UID than asked
  /// for: with `isConflict`.
  public void delete(Resource resource, String namespace, String name, DeleteOptions options) {
    call("DELETE", resource.path(namespace, name), Map.of(), options.body(), JSON);
  }

  /// What keeps the server from doing its work, in its own words; empty: nothing.
  public String trouble() {
    try {
      transport.call("GET", "/readyz", null, JSON, deadline);
      return "";
    } catch (KubeException e) {
      if (e.code() >= 500) {
        return String.valueOf(e.getMessage());
      }
      throw e;
    }
  }

  /// Any JSON request: discovery, subresources such as `pods/NAME/eviction`, `/version`.
  public ObjectNode request(
      String method, String path, Map<String, String> parameters, @Nullable JsonNode body) {
    return call(method, path, parameters, body, JSON);
  }

  /// Opens an answer that may be endless, such as a log with `follow=true`; the deadline covers
  /// only its start.
  public InputStream stream(String path, Map<String, String> parameters) {
    return transport.open(path + Paths.query(parameters), deadline);
  }

  /// The log of a container.
  public InputStream log(
      String namespace, String pod, String container, Map<String, String> parameters) {
    var all = new LinkedHashMap<>(parameters);
    if (!container.isEmpty()) {
      all.put("container", container);
    }
    return stream(Resource.PODS.path(namespace, pod) + "/log", all);
  }

  InputStream open(String path, Map<String, String> parameters) {
    return transport.open(path + Paths.query(parameters), deadline);
  }

  private ObjectNode call(
      String method,
      String path,
      Map<String, String> parameters,
      @Nullable JsonNode body,
      String contentType) {
    byte[] bytes = body == null ? null : Json.bytes(body);
    byte[] answer =
        transport.call(method, path + Paths.query(parameters), bytes, contentType, deadline);
    try {
      return Json.parse(answer);
    } catch (IOException e) {
      throw new KubeException(
          0, "Malformed", method + " " + path + ": the answer is not a JSON object", e);
    }
  }

  /// Ends all connections; views made by [#deadline] end with it.
  @Override
  public void close() {
    transport.close();
  }
}

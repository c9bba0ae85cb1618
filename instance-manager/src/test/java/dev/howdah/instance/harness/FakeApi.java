// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Tls;
import dev.howdah.service.pki.CertifiedKey;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Enough of an API server for instance managers: objects by path with conditional updates, merge
/// patches and watches of single objects. It can be cut off, for all or for one client.
public final class FakeApi implements AutoCloseable {
  private static final long WATCH_SECONDS = 30;

  private final HttpsServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, ObjectNode> objects = new TreeMap<>();
  private final Map<String, ObjectNode> gone = new TreeMap<>();
  private final List<ObjectNode> events = new ArrayList<>();
  private final Map<String, Boolean> cut = new LinkedHashMap<>();
  private long version = 1;
  private int refused;

  public FakeApi(CertifiedKey certificate) throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            Tls.context(null, certificate.certificatePem(), certificate.keyPem())));
    server.setExecutor(executor);
    server.createContext("/", this::serve);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /// Cuts off a client by its token, `*` for all; its requests break without an answer.
  public synchronized void cut(String token, boolean off) {
    cut.put(token, off);
    notifyAll();
  }

  /// How many requests have broken without an answer.
  public synchronized int refused() {
    return refused;
  }

  private synchronized boolean isCut(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    String token = header == null ? "" : header.replace("Bearer ", "");
    return cut.getOrDefault(token, false) || cut.getOrDefault("*", false);
  }

  /// Puts an object as it is.
  public synchronized void put(Resource resource, ObjectNode object) {
    store(path(resource, Json.namespace(object), Json.name(object)), object);
  }

  public synchronized ObjectNode get(Resource resource, String namespace, String name) {
    ObjectNode object = objects.get(path(resource, namespace, name));
    if (object == null) {
      throw new IllegalStateException("there is no " + resource.kind() + " " + name);
    }
    return object.deepCopy();
  }

  /// Merges into an object.
  public void merge(Resource resource, String namespace, String name, ObjectNode patch) {
    change(resource, namespace, name, object -> merge(object, patch));
  }

  /// Changes an object, in one step.
  public synchronized void change(
      Resource resource, String namespace, String name, Consumer<ObjectNode> change) {
    ObjectNode object = get(resource, namespace, name);
    change.accept(object);
    store(path(resource, namespace, name), object);
  }

  /// Deletes an object; who watches its collection is told.
  public synchronized void remove(Resource resource, String namespace, String name) {
    ObjectNode object = objects.remove(path(resource, namespace, name));
    if (object != null) {
      object.withObject("/metadata").put("resourceVersion", Long.toString(++version));
      gone.put(path(resource, namespace, name), object);
      notifyAll();
    }
  }

  public synchronized List<ObjectNode> events() {
    return List.copyOf(events);
  }

  private static String path(Resource resource, String namespace, String name) {
    String root = resource.group().isEmpty() ? "/api/" : "/apis/";
    return root
        + resource.apiVersion()
        + "/namespaces/"
        + namespace
        + "/"
        + resource.plural()
        + "/"
        + name;
  }

  private void store(String path, ObjectNode object) {
    object.withObject("/metadata").put("resourceVersion", Long.toString(++version));
    objects.put(path, object);
    notifyAll();
  }

  private void serve(HttpExchange exchange) {
    try (exchange) {
      if (isCut(exchange)) {
        synchronized (this) {
          refused++;
        }
        return;
      }
      String path = exchange.getRequestURI().getPath();
      byte[] body = exchange.getRequestBody().readAllBytes();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      if (query.contains("watch=true")) {
        watch(exchange, path, query);
        return;
      }
      if (path.endsWith("/events")) {
        synchronized (this) {
          events.add(Json.parse(body));
        }
        answer(exchange, 201, Json.object());
        return;
      }
      change(exchange, path.replaceAll("/status$", ""), body);
    } catch (IOException e) {
      // the client went away
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void change(HttpExchange exchange, String path, byte[] body) throws IOException {
    ObjectNode result;
    int code = 200;
    synchronized (this) {
      ObjectNode object = objects.get(path);
      if (exchange.getRequestMethod().equals("GET") && isCollection(path)) {
        result = listing(path);
      } else if (object == null) {
        code = 404;
        result = status(404, "NotFound", path + " not found");
      } else if (exchange.getRequestMethod().equals("GET")) {
        result = object.deepCopy();
      } else {
        ObjectNode sent = Json.parse(body);
        String expected = Json.resourceVersion(sent);
        if (!expected.isEmpty() && !expected.equals(Json.resourceVersion(object))) {
          code = 409;
          result = status(409, "Conflict", "the object has been modified");
        } else {
          ObjectNode changed = object.deepCopy();
          if (exchange.getRequestMethod().equals("PATCH")) {
            merge(changed, sent);
          } else {
            changed = sent;
          }
          store(path, changed);
          result = changed.deepCopy();
        }
      }
    }
    answer(exchange, code, result);
  }

  private static boolean isCollection(String path) {
    return path.matches("/apis?/.*/namespaces/[^/]+/[^/]+");
  }

  private ObjectNode listing(String path) {
    ObjectNode list = Json.object();
    list.putObject("metadata").put("resourceVersion", Long.toString(version));
    ArrayNode items = list.putArray("items");
    objects.forEach((key, object) -> {
      if (key.startsWith(path + "/")) {
        items.add(object.deepCopy());
      }
    });
    return list;
  }

  private static void merge(ObjectNode target, ObjectNode patch) {
    patch
        .properties()
        .forEach(entry -> {
          JsonNode value = entry.getValue();
          if (value.isNull()) {
            target.remove(entry.getKey());
          } else if (value instanceof ObjectNode object
              && target.get(entry.getKey()) instanceof ObjectNode inner) {
            merge(inner, object);
          } else {
            target.set(entry.getKey(), value.deepCopy());
          }
        });
  }

  private void watch(HttpExchange exchange, String collection, String query)
      throws IOException, InterruptedException {
    if (!query.contains("metadata.name=")) {
      watchAll(exchange, collection, query);
      return;
    }
    String name = query.replaceAll(".*metadata\\.name=([^&]*).*", "$1");
    String path = collection + "/" + name;
    String seen =
        query.contains("resourceVersion=")
            ? query.replaceAll(".*resourceVersion=(\\d*).*", "$1")
            : "";
    exchange.sendResponseHeaders(200, 0);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCH_SECONDS);
    try (OutputStream out = exchange.getResponseBody()) {
      while (System.nanoTime() < end) {
        ObjectNode event = null;
        synchronized (this) {
          ObjectNode object = objects.get(path);
          if (object != null && isNewer(object, seen)) {
            event = Json.object().put("type", "MODIFIED");
            event.set("object", object.deepCopy());
            seen = Json.resourceVersion(object);
          } else {
            wait(200);
          }
        }
        if (isCut(exchange)) {
          return;
        }
        if (event != null) {
          out.write((event + "\n").getBytes(StandardCharsets.UTF_8));
          out.flush();
        }
      }
    }
  }

  /// Changes, new objects and deletions of a collection.
  private void watchAll(HttpExchange exchange, String collection, String query)
      throws IOException, InterruptedException {
    long seen =
        query.contains("resourceVersion=")
            ? Long.parseLong(query.replaceAll(".*resourceVersion=(\\d+).*", "$1"))
            : 0;
    exchange.sendResponseHeaders(200, 0);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCH_SECONDS);
    try (OutputStream out = exchange.getResponseBody()) {
      while (System.nanoTime() < end && !isCut(exchange)) {
        List<ObjectNode> news = new ArrayList<>();
        synchronized (this) {
          news.addAll(since(seen, collection, objects, "MODIFIED"));
          news.addAll(since(seen, collection, gone, "DELETED"));
          seen = version;
          if (news.isEmpty()) {
            wait(200);
          }
        }
        for (ObjectNode event : news) {
          out.write((event + "\n").getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
      }
    }
  }

  private static List<ObjectNode> since(
      long seen, String collection, Map<String, ObjectNode> of, String type) {
    List<ObjectNode> events = new ArrayList<>();
    of.forEach((path, object) -> {
      if (path.startsWith(collection + "/")
          && Long.parseLong(Json.resourceVersion(object)) > seen) {
        ObjectNode event = Json.object().put("type", type);
        event.set("object", object.deepCopy());
        events.add(event);
      }
    });
    return events;
  }

  private static boolean isNewer(ObjectNode object, String seen) {
    return seen.isEmpty() || Long.parseLong(Json.resourceVersion(object)) > Long.parseLong(seen);
  }

  private static ObjectNode status(int code, String reason, String message) {
    return Json.object()
        .put("kind", "Status")
        .put("code", code)
        .put("reason", reason)
        .put("message", message);
  }

  private static void answer(HttpExchange exchange, int code, ObjectNode body) throws IOException {
    byte[] bytes = Json.bytes(body);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.StoreException;
import dev.howdah.apiserver.store.Stored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lists objects, in pages if the client wants: all pages of a list show the state of its first
/// one.
public final class Lister {
  /// What to list: a limit of 0 is none, the token and versions are empty when not given.
  public record Options(int limit, String continueToken, String version, String match) {
    /// Reads a query.
    public static Options of(Exchange exchange) {
      var limit = exchange.query("limit");
      try {
        return new Options(
            limit.isEmpty() ? 0 : (int) Math.min(Long.parseLong(limit), Integer.MAX_VALUE),
            exchange.query("continue"),
            exchange.query("resourceVersion"),
            exchange.query("resourceVersionMatch"));
      } catch (NumberFormatException _) {
        throw ApiException.badRequest("limit must be a number, not \"" + limit + "\"");
      }
    }
  }

  /// A page. The token is empty on the last one; `remaining` is negative when nobody counts.
  public record Page(long revision, List<Stored> objects, String continueToken, long remaining) {}

  /// Where the next page begins. A revision of -1 says: as things are then, consistent or not.
  private record Token(long revision, String namespace, String name) {
    static Token parse(String text) {
      try {
        var tree = Json.read(Base64.getUrlDecoder().decode(text));
        return new Token(
            tree.path("rv").asLong(), tree.path("ns").asText(), tree.path("name").asText());
      } catch (IllegalArgumentException | IOException _) {
        throw ApiException.badRequest("continue key is not valid: malformed token");
      }
    }

    String text() {
      var tree =
          Json.object()
              .put("v", "howdah")
              .put("rv", revision)
              .put("ns", namespace)
              .put("name", name);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(tree));
    }
  }

  private final Store store;

  public Lister(Store store) {
    this.store = store;
  }

  /// Lists what is selected.
  public Page list(Selection selection, Options options) {
    var token = options.continueToken().isEmpty() ? null : Token.parse(options.continueToken());
    var snapshot = snapshot(selection, options, token);
    var start = token == null ? null : new Key(token.namespace(), token.name());
    var selected = new ArrayList<Stored>();
    for (var object : snapshot.objects()) {
      if ((start == null || object.key().compareTo(start) > 0) && selection.matches(object)) {
        selected.add(object);
      }
    }
    var limit = options.limit();
    if (limit <= 0 || selected.size() <= limit) {
      return new Page(snapshot.revision(), selected, "", -1);
    }
    var last = selected.get(limit - 1).key();
    var next = new Token(snapshot.revision(), last.namespace(), last.name()).text();
    var remaining = selection.everything() ? selected.size() - limit : -1;
    return new Page(snapshot.revision(), List.copyOf(selected.subList(0, limit)), next, remaining);
  }

  /// The revision a client wants at least; throws 504 when there is no such one yet.
  public long requireReached(String version) {
    var wanted = Revisions.parse(version);
    if (wanted > store.revision()) {
      throw ApiException.tooLargeVersion(wanted, store.revision());
    }
    return wanted;
  }

  private Store.Snapshot snapshot(Selection selection, Options options, @Nullable Token token) {
    var type = selection.type().storage();
    if (token != null) {
      if (!options.version().isEmpty() && !options.version().equals("0")) {
        throw ApiException.badRequest(
            "specifying resource version is not allowed when using continue");
      }
      if (token.revision() < 0) {
        return store.list(type, selection.namespace());
      }
      try {
        return store.listAt(type, selection.namespace(), token.revision());
      } catch (StoreException _) {
        throw ApiException.expiredContinue(new Token(-1, token.namespace(), token.name()).text());
      }
    }
    Revisions.checkMatch(options.match(), options.version());
    var wanted = requireReached(options.version());
    if (options.match().equals("Exact")) {
      try {
        return store.listAt(type, selection.namespace(), wanted);
      } catch (StoreException e) {
        throw ApiException.expired("The resourceVersion for the provided list is too old.");
      }
    }
    return store.list(type, selection.namespace());
  }

  /// A list as JSON.
  public static byte[] json(Selection selection, Page page) {
    var type = selection.type();
    var head = head(selection, page);
    var out = new java.io.ByteArrayOutputStream(256 + page.objects().size() * 1024);
    var text = new String(Json.bytes(head), StandardCharsets.UTF_8);
    out.writeBytes(
        (text.substring(0, text.length() - 1) + ",\"items\":[").getBytes(StandardCharsets.UTF_8));
    var first = true;
    for (var object : page.objects()) {
      if (!first) {
        out.write(',');
      }
      first = false;
      out.writeBytes(dev.howdah.apiserver.write.Conversion.servedJson(type, object));
    }
    out.writeBytes(new byte[] {']', '}'});
    return out.toByteArray();
  }

  /// A list as a tree.
  public static ObjectNode tree(Selection selection, Page page) {
    var list = head(selection, page);
    var items = list.putArray("items");
    for (var object : page.objects()) {
      items.add(dev.howdah.apiserver.write.Conversion.served(selection.type(), object));
    }
    return list;
  }

  private static ObjectNode head(Selection selection, Page page) {
    var head = Json.object();
    head.put("kind", selection.type().kind() + "List");
    head.put("apiVersion", selection.type().apiVersion());
    var metadata = head.putObject("metadata");
    metadata.put("resourceVersion", Long.toString(page.revision()));
    if (!page.continueToken().isEmpty()) {
      metadata.put("continue", page.continueToken());
    }
    if (page.remaining() >= 0) {
      metadata.put("remainingItemCount", page.remaining());
    }
    return head;
  }
}

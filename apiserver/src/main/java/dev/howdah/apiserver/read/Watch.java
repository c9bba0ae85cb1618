// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.StoreException;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.store.TypeLog;
import dev.howdah.apiserver.write.Conversion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells one client of the changes to what it selected, until its time is over or it goes away.
final class Watch {
  /// Where events go; one call per event, and one when there is nothing more to say for now.
  interface Sink {
    void event(byte[] json) throws IOException;

    void flush() throws IOException;
  }

  private static final Duration BOOKMARK_EVERY = Duration.ofMinutes(1);
  private static final String END_OF_LIST = "k8s.io/initial-events-end";

  private final Store store;
  private final TypeLog log;
  private final Selection selection;
  private final WatchOptions options;
  private final AnswerForm form;
  private final Sink sink;
  private long place;

  Watch(Store store, Selection selection, WatchOptions options, AnswerForm form, Sink sink) {
    this.store = store;
    this.log = store.log(selection.type().storage());
    this.selection = selection;
    this.options = options;
    this.form = form;
    this.sink = sink;
  }

  /// Runs to the end; an interrupt ends it early.
  void run() throws IOException {
    try {
      begin();
      follow();
    } catch (StoreException e) {
      var gone = ApiException.expired(String.valueOf(e.getMessage()));
      send("ERROR", Json.bytes(gone.status()));
      sink.flush();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin() throws IOException {
    place = options.from();
    if (options.list()) {
      var snapshot = store.list(selection.type().storage(), selection.namespace());
      for (var object : snapshot.objects()) {
        if (selection.matches(object)) {
          send("ADDED", object);
        }
      }
      place = snapshot.revision();
      if (options.marksEndOfList()) {
        bookmark(true);
      }
    }
    sink.flush();
  }

  private void follow() throws IOException, StoreException, InterruptedException {
    var end = System.nanoTime() + options.length().toNanos();
    var nextBookmark = System.nanoTime() + BOOKMARK_EVERY.toNanos();
    while (true) {
      var complete = store.revision(); // everything up to here is in the log, or was sent
      var changes = log.after(place);
      send(changes);
      place = Math.max(place, changes.isEmpty() ? complete : changes.getLast().revision());
      var now = System.nanoTime();
      if (options.bookmarks() && (now - nextBookmark >= 0 || now - end >= 0)) {
        bookmark(false);
        sink.flush();
        nextBookmark = now + BOOKMARK_EVERY.toNanos();
      }
      if (now - end >= 0) {
        return;
      }
      var wait = options.bookmarks() ? Math.min(end - now, nextBookmark - now) : end - now;
      if (!log.await(place, Math.max(wait, 1))) {
        return; // the server stops
      }
    }
  }

  private void send(List<Change> changes) throws IOException {
    var sent = false;
    for (var change : changes) {
      sent |= send(change);
    }
    if (sent) {
      sink.flush();
    }
  }

  private boolean send(Change change) throws IOException {
    var previous = change.previous();
    var before = previous != null && selection.matches(previous);
    var now = change.kind() != Change.Kind.DELETED && selection.matches(change.object());
    if (now) {
      send(before ? "MODIFIED" : "ADDED", change.object());
    } else if (before) {
      if (change.kind() == Change.Kind.DELETED) {
        send("DELETED", change.object());
      } else {
        send("DELETED", last(previous, change.revision()));
      }
    }
    return now || before;
  }

  // An object that left the selection: its last state in it, under the revision that took it away.
  private ObjectNode last(@Nullable Stored previous, long revision) {
    var tree = previous == null ? Json.object() : Conversion.served(selection.type(), previous);
    Meta.of(tree).put("resourceVersion", Long.toString(revision));
    return tree;
  }

  private void send(String event, Stored object) throws IOException {
    if (form.shape() == AnswerForm.Shape.WHOLE) {
      send(event, Conversion.servedJson(selection.type(), object));
    } else {
      send(event, Conversion.served(selection.type(), object));
    }
  }

  private void send(String event, ObjectNode tree) throws IOException {
    send(event, Json.bytes(Rendering.shaped(tree, selection.type(), form)));
  }

  private void bookmark(boolean endOfList) throws IOException {
    var type = selection.type();
    var object = Json.object().put("kind", type.kind()).put("apiVersion", type.apiVersion());
    var metadata = object.putObject("metadata");
    metadata.put("resourceVersion", Long.toString(place));
    metadata.putNull("creationTimestamp");
    if (endOfList) {
      metadata.putObject("annotations").put(END_OF_LIST, "true");
    }
    if (form.shape() == AnswerForm.Shape.METADATA) {
      object.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/v1");
    }
    send("BOOKMARK", Json.bytes(object));
  }

  private void send(String event, byte[] object) throws IOException {
    var out = new ByteArrayOutputStream(object.length + 40);
    out.writeBytes(("{\"type\":\"" + event + "\",\"object\":").getBytes(StandardCharsets.UTF_8));
    out.writeBytes(object);
    out.write('}');
    sink.event(out.toByteArray());
  }
}

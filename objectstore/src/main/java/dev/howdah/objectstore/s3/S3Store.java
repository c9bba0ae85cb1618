// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.http.Answer;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Xml;
import dev.howdah.objectstore.token.BearerToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A bucket, or the part of it below a prefix, through the S3 protocol (Amazon S3 API reference:
/// PutObject, GetObject, HeadObject, ListObjectsV2, DeleteObjects, multipart uploads).
public final class S3Store implements ObjectStore {
  private static final int DELETE_AT_ONCE = 1000;

  private final S3Settings settings;
  private final Http http;
  private final Requests requests;

  /// Until the server says that it doesn't know them.
  private volatile boolean checksums = true;

  private volatile Condition condition;

  /// Whether the server deletes many objects with one request, as far as is known.
  private volatile boolean bulk;

  public S3Store(S3Settings settings, Credentials.Source credentials) {
    this(settings, new Http(settings, credentials, null));
  }

  /// With access tokens instead of signatures, as Google Cloud Storage has them; without a token
  /// for test servers.
  public static S3Store google(S3Settings settings, @Nullable BearerToken token) {
    return new S3Store(settings, new Http(settings, new Credentials("", "", null)::itself, token));
  }

  private S3Store(S3Settings settings, Http http) {
    this.settings = settings;
    this.http = http;
    this.requests = Requests.of(settings, http);
    this.bulk = requests.isAws();
    boolean known = settings.endpoint() == null || settings.dialect() == Dialect.GOOGLE;
    this.condition = known ? Condition.KEPT : Condition.UNKNOWN;
  }

  /// What a server does with the condition of a write. Many that speak S3 don't know it, and some
  /// of them overwrite then without a word.
  private enum Condition {
    UNKNOWN,
    KEPT,
    IGNORED
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    if (!options.ifAbsent()) {
      return send(key, body, options, false);
    }
    return switch (condition) {
      case KEPT -> send(key, body, options, true);
      case UNKNOWN -> head(key).isEmpty() && putAndLearn(key, body, options);
      case IGNORED -> head(key).isEmpty() && send(key, body, options, false);
    };
  }

  /// Finds out what the server does by writing the same object again, which harms nothing.
  private boolean putAndLearn(String key, Body body, PutOptions options) {
    boolean written;
    try {
      written = send(key, body, options, true);
    } catch (StoreException e) {
      if (!Checksum.isNotImplemented(e)) {
        throw e;
      }
      condition = Condition.IGNORED;
      return send(key, body, options, false);
    }
    try {
      boolean overwritten = written && send(key, body, options, true);
      condition = overwritten ? Condition.IGNORED : Condition.KEPT;
    } catch (StoreException e) {
      // it is stored; the next one finds out
    }
    return written;
  }

  private boolean send(String key, Body body, PutOptions options, boolean conditional) {
    var headers = Requests.headers(options);
    if (conditional) {
      headers.put(settings.dialect().ifAbsentHeader, settings.dialect().ifAbsentValue);
    }
    boolean checked = checksums && body.length() > 0;
    if (checked) {
      headers.put(requests.checksumHeader(), requests.checksumValue(Checksum.of(body)));
    }
    try {
      return put(key, body, headers);
    } catch (StoreException e) {
      if (!checked || !Checksum.isNotUnderstood(e)) {
        throw e;
      }
      headers.remove(requests.checksumHeader());
      boolean written = put(key, body, headers); // else it wasn't the checksum
      checksums = false;
      return written;
    }
  }

  /// When the answer to a conditional write gets lost, its repetition finds the object that the
  /// first one made: that counts as written, which is why callers compare what is there.
  private boolean put(String key, Body body, Map<String, String> headers) {
    return requests.repeat(() -> {
      var answer = requests.send("PUT", key, Requests.NO_QUERY, headers, body, 200, 412, 409);
      Requests.drain(answer);
      if (answer.status() == 409) {
        throw new StoreException(Kind.UNAVAILABLE, "another write of " + key + " goes on");
      }
      return answer.status() == 200;
    });
  }

  @Override
  public Upload begin(String key, PutOptions options) {
    boolean checked = checksums;
    try {
      return begin(key, options, checked);
    } catch (StoreException e) {
      if (!checked || !Checksum.isNotUnderstood(e)) {
        throw e;
      }
      checksums = false;
      return begin(key, options, false);
    }
  }

  private Upload begin(String key, PutOptions options, boolean checked) {
    var headers = Requests.headers(options);
    if (checked && requests.isAws()) {
      headers.put(Checksum.ALGORITHM_HEADER, Checksum.ALGORITHM);
    }
    var id =
        requests.repeat(() -> {
          var found = new StringBuilder();
          Requests.parse(
              requests.send("POST", key, Requests.query("uploads", ""), headers, null, 200),
              (path, text) -> {
                if (path.endsWith("/UploadId")) {
                  found.append(text);
                }
              });
          return found.toString();
        });
    return new MultipartUpload(this, requests, key, id, checked);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return requests.repeat(() -> {
      var answer = requests.send("HEAD", key, Requests.NO_QUERY, Map.of(), null, 200, 404);
      Requests.drain(answer);
      return answer.status() == 404 ? Optional.empty() : Optional.of(info(key, answer));
    });
  }

  /// A legal hold has no end.
  @Override
  public Optional<Instant> lockedUntil(String key) {
    return requests.repeat(() -> {
      var answer = requests.send("HEAD", key, Requests.NO_QUERY, Map.of(), null, 200, 404);
      Requests.drain(answer);
      if (answer.header("x-amz-object-lock-legal-hold").filter("ON"::equals).isPresent()) {
        return Optional.of(Instant.MAX);
      }
      return answer.header("x-amz-object-lock-retain-until-date").map(Instant::parse);
    });
  }

  private static ObjectInfo info(String key, Answer answer) {
    long modified =
        answer
            .header("last-modified")
            .map(t -> ZonedDateTime.parse(t, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant())
            .map(Instant::toEpochMilli)
            .orElse(0L);
    return new ObjectInfo(
        key,
        answer.header("content-length").map(Long::parseLong).orElse(0L),
        modified,
        answer.header("etag").orElse(""));
  }

  @Override
  public InputStream get(String key, long offset) {
    var headers = new TreeMap<String, String>();
    if (offset > 0) {
      headers.put("range", "bytes=" + offset + "-");
    } else if (checksums && requests.isAws()) {
      headers.put("x-amz-checksum-mode", "ENABLED");
    }
    var answer =
        requests.repeat(
            () -> requests.send("GET", key, Requests.NO_QUERY, headers, null, 200, 206));
    if (offset > 0 && answer.status() != 206) {
      answerClose(answer);
      throw new StoreException(Kind.UNAVAILABLE, "the object store ignores ranges of " + key);
    }
    var expected = offset == 0 ? answer.header(Checksum.HEADER).orElse("") : "";
    // of an object in parts it is the checksum of checksums, with their number behind a dash
    return expected.isEmpty() || expected.contains("-")
        ? answer.body()
        : Checksum.checking(answer.body(), expected, key);
  }

  private static void answerClose(Answer answer) {
    try {
      answer.close();
    } catch (IOException e) {
      // nothing was wanted of it
    }
  }

  @Override
  public void list(String listed, Consumer<ObjectInfo> each) {
    pages(listed, "", each, _ -> {});
  }

  @Override
  public Level level(String listed) {
    var objects = new ArrayList<ObjectInfo>();
    var prefixes = new ArrayList<String>();
    pages(listed, "/", objects::add, prefixes::add);
    return new Level(objects, prefixes);
  }

  private void pages(
      String listed, String delimiter, Consumer<ObjectInfo> each, Consumer<String> eachPrefix) {
    String token = "";
    do {
      var query = Requests.query("list-type", "2");
      query.put("prefix", requests.prefix() + listed);
      if (!delimiter.isEmpty()) {
        query.put("delimiter", delimiter);
      }
      if (!token.isEmpty()) {
        query.put("continuation-token", token);
      }
      var page = requests.listed(query, ListPage::new);
      page.objects.forEach(o -> each.accept(inside(o)));
      page.prefixes.forEach(p -> eachPrefix.accept(p.substring(requests.prefix().length())));
      token = page.truncated ? page.next : "";
    } while (!token.isEmpty());
  }

  private ObjectInfo inside(ObjectInfo info) {
    return new ObjectInfo(
        info.key().substring(requests.prefix().length()),
        info.sizeBytes(),
        info.modifiedEpochMillis(),
        info.etag());
  }

  @Override
  public void delete(Collection<String> keys) {
    var all = List.copyOf(keys);
    for (int from = 0; from < all.size(); from += DELETE_AT_ONCE) {
      deleteBatch(all.subList(from, Math.min(all.size(), from + DELETE_AT_ONCE)));
    }
  }

  private void deleteBatch(List<String> keys) {
    if (!bulk) {
      keys.forEach(this::deleteOne);
      return;
    }
    try {
      deleteAtOnce(keys);
    } catch (StoreException e) {
      if (e.kind() != Kind.REFUSED) {
        throw e;
      }
      keys.forEach(this::deleteOne);
      bulk = false; // that was it
    }
  }

  private void deleteAtOnce(List<String> keys) {
    var body = new StringBuilder("<Delete><Quiet>true</Quiet>");
    for (var key : keys) {
      body.append("<Object><Key>")
          .append(Xml.escape(requests.prefix() + key))
          .append("</Key></Object>");
    }
    var bytes = body.append("</Delete>").toString().getBytes(StandardCharsets.UTF_8);
    var md5 = Base64.getEncoder().encodeToString(SigV4.digest("MD5").digest(bytes));
    requests.repeat(() -> {
      var errors = new StringBuilder();
      Requests.parse(
          http.send(
              "POST",
              "",
              Requests.query("delete", ""),
              Map.of("content-md5", md5),
              Body.of(bytes),
              200),
          (path, text) -> {
            if (path.endsWith("Error/Key") || path.endsWith("Error/Message")) {
              errors.append(text).append(' ');
            }
          });
      if (!errors.isEmpty()) {
        throw new StoreException(Kind.DENIED, "could not delete: " + errors);
      }
      return true;
    });
  }

  private void deleteOne(String key) {
    requests.repeat(() -> {
      Requests.drain(
          requests.send("DELETE", key, Requests.NO_QUERY, Map.of(), null, 204, 200, 404));
      return true;
    });
  }

  @Override
  public int abandonUploads(String below, Instant begunBefore) {
    int abandoned = 0;
    var query = Requests.query("uploads", "");
    query.put("prefix", requests.prefix() + below);
    while (true) {
      var page = requests.listed(query, OpenUploads::new);
      for (var upload : page.uploads()) {
        // some servers list the uploads of the whole bucket
        if (upload.key().startsWith(requests.prefix() + below)
            && upload.begun().isBefore(begunBefore)) {
          var key = upload.key().substring(requests.prefix().length());
          Requests.drain(
              requests.send(
                  "DELETE",
                  key,
                  Requests.query("uploadId", upload.id()),
                  Map.of(),
                  null,
                  204,
                  200,
                  404));
          abandoned++;
        }
      }
      if (page.nextKey().isEmpty()) {
        return abandoned;
      }
      query.put("key-marker", page.nextKey());
      query.put("upload-id-marker", page.nextId());
    }
  }

  @Override
  public String location() {
    return (requests.isAws() ? "s3://" : "gs://")
        + settings.bucket()
        + (requests.prefix().isEmpty() ? "" : "/" + settings.prefix())
        + (settings.endpoint() == null ? "" : " at " + http.base());
  }

  @Override
  public void close() {
    http.close();
  }
}

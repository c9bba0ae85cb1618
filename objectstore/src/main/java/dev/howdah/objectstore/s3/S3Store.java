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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// A bucket, or the part of it below a prefix, through the S3 protocol (Amazon S3 API reference:
/// PutObject, GetObject, HeadObject, ListObjectsV2, DeleteObjects, multipart uploads).
public final class S3Store implements ObjectStore {
  private static final SortedMap<String, String> NO_QUERY = new TreeMap<>();
  private static final int DELETE_AT_ONCE = 1000;

  private final S3Settings settings;
  private final Http http;
  private final String prefix;
  private final RandomGenerator random = RandomGenerator.getDefault();

  /// Until the server says that it doesn't know them.
  private volatile boolean checksums = true;

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
    this.prefix = settings.prefix().isEmpty() ? "" : settings.prefix() + "/";
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    var headers = headers(options);
    if (options.ifAbsent()) {
      headers.put(settings.dialect().ifAbsentHeader, settings.dialect().ifAbsentValue);
    }
    boolean checked = checksums && body.length() > 0;
    if (checked) {
      headers.put(checksumHeader(), settings.dialect().checksumPrefix + Checksum.of(body));
    }
    try {
      return put(key, body, headers);
    } catch (StoreException e) {
      if (!checked || !Checksum.isNotUnderstood(e)) {
        throw e;
      }
      checksums = false;
      headers.remove(checksumHeader());
      return put(key, body, headers);
    }
  }

  /// When the answer to a conditional write gets lost, its repetition finds the object that the
  /// first one made: that counts as written, which is why callers compare what is there.
  private boolean put(String key, Body body, Map<String, String> headers) {
    return settings
        .retry()
        .call(
            random,
            () -> {
              var answer = send("PUT", key, NO_QUERY, headers, body, 200, 412, 409);
              drain(answer);
              if (answer.status() == 409) {
                throw new StoreException(Kind.UNAVAILABLE, "another write of " + key + " goes on");
              }
              return answer.status() == 200;
            });
  }

  private static TreeMap<String, String> headers(PutOptions options) {
    var headers = new TreeMap<String, String>();
    if (!options.encryption().isEmpty()) {
      headers.put("x-amz-server-side-encryption", options.encryption());
      if (!options.encryptionKey().isEmpty()) {
        headers.put("x-amz-server-side-encryption-aws-kms-key-id", options.encryptionKey());
      }
    }
    if (!options.tags().isEmpty()) {
      headers.put("x-amz-tagging", SigV4.query(new TreeMap<>(options.tags())));
    }
    return headers;
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
    var headers = headers(options);
    if (checked && isAws()) {
      headers.put(Checksum.ALGORITHM_HEADER, Checksum.ALGORITHM);
    }
    var id =
        settings
            .retry()
            .call(
                random,
                () -> {
                  var found = new StringBuilder();
                  parse(
                      send("POST", key, query("uploads", ""), headers, null, 200),
                      (path, text) -> {
                        if (path.endsWith("/UploadId")) {
                          found.append(text);
                        }
                      });
                  return found.toString();
                });
    return new Multipart(key, id, checked);
  }

  private final class Multipart implements Upload {
    private final String key;
    private final String id;
    private final boolean checked;
    private final TreeMap<Integer, Part> parts = new TreeMap<>();
    private boolean completed;

    private record Part(String etag, String checksum) {}

    Multipart(String key, String id, boolean checked) {
      this.key = key;
      this.id = id;
      this.checked = checked;
    }

    @Override
    public void part(int number, Body body) {
      var query = query("partNumber", Integer.toString(number));
      query.put("uploadId", id);
      var checksum = checked ? Checksum.of(body) : "";
      Map<String, String> headers =
          checked
              ? Map.of(checksumHeader(), settings.dialect().checksumPrefix + checksum)
              : Map.of();
      var etag =
          settings
              .retry()
              .call(
                  random,
                  () -> {
                    var answer = send("PUT", key, query, headers, body, 200);
                    drain(answer);
                    return answer
                        .header("etag")
                        .orElseThrow(
                            () -> new StoreException(Kind.UNAVAILABLE, "a part got no ETag"));
                  });
      synchronized (parts) {
        parts.put(number, new Part(etag, checksum));
      }
    }

    @Override
    public void complete() {
      var body = new StringBuilder("<CompleteMultipartUpload>");
      synchronized (parts) {
        parts.forEach((number, part) -> {
          body.append("<Part><PartNumber>").append(number).append("</PartNumber><ETag>");
          body.append(Xml.escape(part.etag())).append("</ETag>");
          if (checked && isAws()) {
            body.append("<ChecksumCRC32C>").append(part.checksum()).append("</ChecksumCRC32C>");
          }
          body.append("</Part>");
        });
      }
      body.append("</CompleteMultipartUpload>");
      var bytes = body.toString().getBytes(StandardCharsets.UTF_8);
      settings
          .retry()
          .call(
              random,
              () -> {
                completeOnce(bytes);
                return true;
              });
      completed = true;
    }

    /// A failure may come with status 200, as an error document. When an earlier attempt went
    /// through without our hearing of it, the upload is gone and the object is there.
    private void completeOnce(byte[] bytes) {
      var error = new StringBuilder();
      try {
        var answer = send("POST", key, query("uploadId", id), Map.of(), Body.of(bytes), 200);
        parse(
            answer,
            (path, text) -> {
              if (path.startsWith("Error/")) {
                error.append(text).append(' ');
              }
            });
      } catch (StoreException e) {
        if (!e.isNotFound() || head(key).isEmpty()) {
          throw e;
        }
      }
      if (!error.isEmpty()) {
        throw new StoreException(Kind.UNAVAILABLE, "completing " + key + ": " + error);
      }
    }

    @Override
    public void close() {
      if (!completed) {
        try {
          drain(send("DELETE", key, query("uploadId", id), Map.of(), null, 204, 200, 404));
        } catch (StoreException e) {
          if (!e.isTransient() && !e.isNotFound()) {
            throw e;
          } // parts that stay cost space until the bucket's rules remove them
        }
      }
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return settings
        .retry()
        .call(
            random,
            () -> {
              var answer = send("HEAD", key, NO_QUERY, Map.of(), null, 200, 404);
              drain(answer);
              return answer.status() == 404 ? Optional.empty() : Optional.of(info(key, answer));
            });
  }

  /// A legal hold has no end.
  @Override
  public Optional<Instant> lockedUntil(String key) {
    return settings
        .retry()
        .call(
            random,
            () -> {
              var answer = send("HEAD", key, NO_QUERY, Map.of(), null, 200, 404);
              drain(answer);
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
    } else if (checksums && isAws()) {
      headers.put("x-amz-checksum-mode", "ENABLED");
    }
    var answer =
        settings.retry().call(random, () -> send("GET", key, NO_QUERY, headers, null, 200, 206));
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
      var query = query("list-type", "2");
      query.put("prefix", prefix + listed);
      if (!delimiter.isEmpty()) {
        query.put("delimiter", delimiter);
      }
      if (!token.isEmpty()) {
        query.put("continuation-token", token);
      }
      var page = listed(query, Page::new);
      page.objects.forEach(o -> each.accept(inside(o)));
      page.prefixes.forEach(p -> eachPrefix.accept(p.substring(prefix.length())));
      token = page.truncated ? page.next : "";
    } while (!token.isEmpty());
  }

  private ObjectInfo inside(ObjectInfo info) {
    return new ObjectInfo(
        info.key().substring(prefix.length()),
        info.sizeBytes(),
        info.modifiedEpochMillis(),
        info.etag());
  }

  private static final class Page implements BiConsumer<String, String> {
    final List<ObjectInfo> objects = new ArrayList<>();
    final List<String> prefixes = new ArrayList<>();
    boolean truncated;
    String next = "";
    private String key = "";
    private long size;
    private long modified;
    private String etag = "";

    @Override
    public void accept(String path, String text) {
      switch (path) {
        case "ListBucketResult/Contents/Key" -> key = text;
        case "ListBucketResult/Contents/Size" -> size = Long.parseLong(text);
        case "ListBucketResult/Contents/ETag" -> etag = text;
        case "ListBucketResult/Contents/LastModified" ->
            modified = Instant.parse(text).toEpochMilli();
        case "ListBucketResult/Contents" -> objects.add(new ObjectInfo(key, size, modified, etag));
        case "ListBucketResult/CommonPrefixes/Prefix" -> prefixes.add(text);
        case "ListBucketResult/IsTruncated" -> truncated = text.equals("true");
        case "ListBucketResult/NextContinuationToken" -> next = text;
        default -> {}
      }
    }
  }

  @Override
  public void delete(Collection<String> keys) {
    var all = List.copyOf(keys);
    for (int from = 0; from < all.size(); from += DELETE_AT_ONCE) {
      deleteBatch(all.subList(from, Math.min(all.size(), from + DELETE_AT_ONCE)));
    }
  }

  private void deleteBatch(List<String> keys) {
    if (!isAws()) {
      keys.forEach(this::deleteOne);
      return;
    }
    var body = new StringBuilder("<Delete><Quiet>true</Quiet>");
    for (var key : keys) {
      body.append("<Object><Key>").append(Xml.escape(prefix + key)).append("</Key></Object>");
    }
    var bytes = body.append("</Delete>").toString().getBytes(StandardCharsets.UTF_8);
    var md5 = Base64.getEncoder().encodeToString(SigV4.digest("MD5").digest(bytes));
    settings
        .retry()
        .call(
            random,
            () -> {
              var errors = new StringBuilder();
              parse(
                  http.send(
                      "POST",
                      "",
                      query("delete", ""),
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
    settings
        .retry()
        .call(
            random,
            () -> {
              drain(send("DELETE", key, NO_QUERY, Map.of(), null, 204, 200, 404));
              return true;
            });
  }

  @Override
  public int abandonUploads(String below, Instant begunBefore) {
    int abandoned = 0;
    var query = query("uploads", "");
    query.put("prefix", prefix + below);
    while (true) {
      var page = listed(query, OpenUploads::new);
      for (var upload : page.uploads()) {
        // some servers list the uploads of the whole bucket
        if (upload.key().startsWith(prefix + below) && upload.begun().isBefore(begunBefore)) {
          var key = upload.key().substring(prefix.length());
          drain(send("DELETE", key, query("uploadId", upload.id()), Map.of(), null, 204, 200, 404));
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

  private boolean isAws() {
    return settings.dialect() == Dialect.S3;
  }

  private String checksumHeader() {
    return settings.dialect().checksumHeader;
  }

  @Override
  public String location() {
    return (isAws() ? "s3://" : "gs://")
        + settings.bucket()
        + (prefix.isEmpty() ? "" : "/" + settings.prefix())
        + (settings.endpoint() == null ? "" : " at " + http.base());
  }

  @Override
  public void close() {
    http.close();
  }

  private Answer send(
      String method,
      String key,
      SortedMap<String, String> query,
      Map<String, String> headers,
      @Nullable Body body,
      int... expected) {
    return http.send(method, prefix + key, query, headers, body, expected);
  }

  private static TreeMap<String, String> query(String name, String value) {
    var query = new TreeMap<String, String>();
    query.put(name, value);
    return query;
  }

  /// One page of a listing, asked for again as long as faults pass.
  private <T extends BiConsumer<String, String>> T listed(
      SortedMap<String, String> query, Supplier<T> page) {
    return settings
        .retry()
        .call(
            random,
            () -> {
              var parsed = page.get();
              parse(http.send("GET", "", query, Map.of(), null, 200), parsed);
              return parsed;
            });
  }

  private static void parse(Answer answer, BiConsumer<String, String> each) {
    try (var in = answer.body()) {
      Xml.walk(in, each);
    } catch (IOException | XMLStreamException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "the object store's answer can't be read: " + e.getMessage(), e);
    }
  }

  private static void drain(Answer answer) {
    try {
      answer.drain();
    } catch (IOException e) {
      throw new StoreException(Kind.UNAVAILABLE, "the answer broke off: " + e.getMessage(), e);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import dev.howdah.apiserver.auth.Authenticator;
import dev.howdah.apiserver.auth.Credentials;
import dev.howdah.apiserver.auth.EscalationCheck;
import dev.howdah.apiserver.auth.Rbac;
import dev.howdah.apiserver.auth.ServerTls;
import dev.howdah.apiserver.auth.ServiceAccountTokens;
import dev.howdah.apiserver.auth.ServiceAccountTokens.Bound;
import dev.howdah.apiserver.http.HttpServer;
import dev.howdah.apiserver.lifecycle.Controllers;
import dev.howdah.apiserver.openapi.OpenApi;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.route.Api;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.strategy.BuiltInStrategies;
import dev.howdah.apiserver.stream.PodStreams;
import dev.howdah.apiserver.write.Writer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// A Kubernetes API server inside this process: durable, on loopback, with its own certificate
/// authority.
public final class ApiServer implements AutoCloseable {
  /// Where the state lives, where to listen (port 0: any free one), and from which loopback range
  /// Services get their cluster addresses.
  public record Settings(Path dataDir, String host, int port, String serviceRange) {
    /// The range Services get by default; the pods' addresses must come from another one.
    public static final String SERVICE_RANGE = "127.96.0.0/16";

    public Settings(Path dataDir, String host, int port) {
      this(dataDir, host, port, SERVICE_RANGE);
    }
  }

  /// The server cannot start; the message says why and what to do.
  public static final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StartException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static final GroupResource DEFINITIONS =
      new GroupResource("apiextensions.k8s.io", "customresourcedefinitions");

  private final Settings settings;
  private final Store store;
  private final Credentials credentials;
  private final ServiceAccountTokens tokens;
  private final Controllers controllers;
  private final HttpServer http;

  private ApiServer(
      Settings settings,
      List<Admission> admissions,
      PodBackend pods,
      ServerSocket listener,
      Store store)
      throws IOException {
    var clock = InstantSource.system();
    this.settings = settings;
    this.store = store;
    this.credentials =
        Credentials.open(
            settings.dataDir().resolve("pki"), clock, List.of("127.0.0.1", settings.host()));
    this.tokens = new ServiceAccountTokens(credentials.tokens(), clock);
    var types = servedTypes(store);
    var strategies = BuiltInStrategies.create(store, types, settings.serviceRange(), clock);
    var rbac = new Rbac(store);
    var all = new ArrayList<>(admissions);
    all.add(new EscalationCheck(rbac));
    var writer = new Writer(store, types, strategies, all, clock);
    this.controllers = new Controllers(store, types, writer, tokens, caPem(), clock);
    controllers.bootstrap();
    var authority = credentials.certificateAuthority().self().certificate();
    var api =
        new Api(
            new Api.Parts(
                store,
                types,
                writer,
                new Authenticator(
                    authority, credentials.administratorToken(), tokens, store, clock),
                rbac,
                openApi(types, store),
                tokens,
                new PodStreams(pods, clock),
                clock));
    this.http = HttpServer.serve(listener, ServerTls.context(credentials.server(), authority), api);
    controllers.start();
  }

  /// Starts to serve; returns when requests are answered. Throws [StartException] with what to do
  /// about it when the folder is in use by another server, the port is taken, or the state cannot
  /// be read.
  public static ApiServer start(Settings settings, List<Admission> admissions, PodBackend pods) {
    var folder = settings.dataDir();
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      var store = Store.open(folder);
      try {
        return start(settings, admissions, pods, store);
      } catch (IOException | RuntimeException e) {
        store.close();
        throw e;
      }
    } catch (IOException e) {
      throw new StartException("The API server cannot start: " + e.getMessage(), e);
    }
  }

  private static ApiServer start(
      Settings settings, List<Admission> admissions, PodBackend pods, Store store)
      throws IOException {
    var listener = bind(settings);
    try {
      return new ApiServer(settings, admissions, pods, listener, store);
    } catch (IOException | RuntimeException e) {
      listener.close();
      throw e;
    }
  }

  private static ServerSocket bind(Settings settings) throws IOException {
    var address = InetAddress.getByName(settings.host());
    if (!address.isLoopbackAddress()) {
      throw new IOException(
          settings.host() + " is no loopback address; this server is for one machine only");
    }
    try {
      return HttpServer.bind(address, settings.port());
    } catch (BindException e) {
      throw new IOException(
          "%s:%d is in use by another program; stop it or choose another port (0: any free one)"
              .formatted(settings.host(), settings.port()),
          e);
    }
  }

  private static ResourceTypes servedTypes(Store store) {
    var types = new ResourceTypes();
    Runnable read =
        () ->
            types.define(
                store.list(DEFINITIONS, "").objects().stream().map(d -> d.tree()).toList());
    read.run();
    store.onChange(change -> {
      if (change.object().type().equals(DEFINITIONS)) {
        read.run();
      }
    });
    return types;
  }

  private static OpenApi openApi(ResourceTypes types, Store store) {
    var builtIn = new ArrayList<OpenApi.Resource>();
    for (var type : types.builtIn()) {
      builtIn.add(
          new OpenApi.Resource(
              type.group(),
              type.version(),
              type.plural(),
              type.kind(),
              type.namespaced(),
              type.subresources().stream().sorted().toList()));
    }
    return new OpenApi(
        builtIn, () -> store.list(DEFINITIONS, "").objects().stream().map(d -> d.tree()).toList());
  }

  /// `https://127.0.0.1:<port>`.
  public URI uri() {
    return URI.create("https://%s:%d".formatted(settings.host(), http.port()));
  }

  /// The certificate authority that signed the server's certificate, as PEM.
  public String caPem() {
    return credentials.certificateAuthority().certificatePem();
  }

  /// Writes a kubeconfig for an administrator (group `system:masters`), readable only by its owner
  /// (mode 0600).
  public void writeKubeconfig(Path file) throws IOException {
    writeKubeconfig(file, User.ADMINISTRATOR, "default");
  }

  /// Writes a kubeconfig for any user, mode 0600: with a client certificate, and for
  /// [User#ADMINISTRATOR] with a token.
  public void writeKubeconfig(Path file, User user, String namespace) throws IOException {
    Credentials.writePrivately(file, kubeconfig(user, namespace));
  }

  /// The kubeconfig of [#writeKubeconfig(Path, User, String)] as YAML text. Holds a secret.
  public String kubeconfig(User user, String namespace) {
    return user.equals(User.ADMINISTRATOR)
        ? Kubeconfig.withToken(uri(), caPem(), user, namespace, credentials.administratorToken())
        : Kubeconfig.withCertificate(uri(), caPem(), user, namespace, credentials.clientOf(user));
  }

  /// A kubeconfig for a service account, which must exist, with a token of the given validity.
  public String kubeconfig(String namespace, String serviceAccount, Duration validity) {
    var token = serviceAccountToken(namespace, serviceAccount, "", validity);
    return Kubeconfig.withToken(
        uri(), caPem(), User.serviceAccount(namespace, serviceAccount), namespace, token);
  }

  /// A bearer token for a service account, which must exist; valid for the given time. Pods get
  /// theirs from here (or by TokenRequest); `pod` may be empty, or the name of the pod the token is
  /// bound to.
  public String serviceAccountToken(
      String namespace, String serviceAccount, String pod, Duration validity) {
    var account = require("serviceaccounts", namespace, serviceAccount);
    @Nullable Bound bound = pod.isEmpty() ? null : require("pods", namespace, pod);
    return tokens.issue(namespace, account, bound, List.of(), validity);
  }

  private Bound require(String type, String namespace, String name) {
    var found = store.get(new GroupResource("", type), new Key(namespace, name));
    if (found == null) {
      throw new IllegalArgumentException("no " + type + " \"" + namespace + "/" + name + "\"");
    }
    return new Bound(name, found.uid());
  }

  /// Stops serving: watches and streams end, the journal is closed.
  @Override
  public void close() {
    http.close();
    controllers.close();
    try {
      store.close();
    } catch (IOException e) {
      LoggerFactory.getLogger(ApiServer.class)
          .atWarn()
          .setCause(e)
          .log("could not close the journal");
    }
  }
}

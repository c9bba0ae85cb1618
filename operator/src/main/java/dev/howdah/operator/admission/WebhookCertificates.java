// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertificateFacts;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificates of the webhook server: kept in Secrets that all replicas of the operator share,
/// renewed in time, and made known to the API server. Or files of somebody else's making.
///
/// The Secrets and what the API server is told are followed: what somebody deletes or overwrites is
/// put right at once, before a change of a Cluster is refused for it.
public final class WebhookCertificates implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookCertificates.class);
  private static final String SERVICE = "cnpg-webhook-service";
  private static final String AUTHORITY = "cnpg-ca-secret";
  private static final String LEAF = "cnpg-webhook-cert";
  private static final Duration LOOK = Duration.ofMinutes(10);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(20);

  /// Whoever renews files tells the API server of a new authority at once.
  private static final Duration LOOK_AT_FILES = Duration.ofSeconds(5);

  /// Between two repairs, should somebody else overwrite what we write.
  private static final Duration SETTLING = Duration.ofSeconds(1);

  private static final int TRIES = 5;
  private static final List<Resource> CONFIGURATIONS =
      List.of(
          configuration("mutating", "MutatingWebhookConfiguration"),
          configuration("validating", "ValidatingWebhookConfiguration"));

  private final KubeClient client;
  private final Supplier<OperatorSettings> current;
  private final InstantSource clock;
  private final LiveKey key;
  private final Duration look;
  private final Thread thread;
  private final Semaphore bell = new Semaphore(0);
  private final List<Watch> watches = new ArrayList<>();

  private WebhookCertificates(
      KubeClient client,
      Supplier<OperatorSettings> current,
      InstantSource clock,
      LiveKey key,
      Duration look) {
    this.look = look;
    this.client = client;
    this.current = current;
    this.clock = clock;
    this.key = key;
    this.thread = Thread.ofVirtual().name("webhook-certificates").unstarted(this::watch);
  }

  private static Resource configuration(String type, String kind) {
    return new Resource(
        "admissionregistration.k8s.io", "v1", type + "webhookconfigurations", kind, false);
  }

  /// Makes or reads the certificates and makes them known.
  ///
  /// @param settings as they stand
  public static WebhookCertificates open(
      KubeClient client, Supplier<OperatorSettings> settings, InstantSource clock)
      throws IOException {
    return open(client, settings, clock, LOOK);
  }

  /// @param look the pause between two looks
  static WebhookCertificates open(
      KubeClient client, Supplier<OperatorSettings> settings, InstantSource clock, Duration look)
      throws IOException {
    String folder = settings.get().webhookCertificates();
    LiveKey key =
        folder.isEmpty()
            ? new LiveKey(load(client, settings.get(), clock))
            : LiveKey.in(Path.of(folder));
    Duration pause = folder.isEmpty() || look.compareTo(LOOK_AT_FILES) < 0 ? look : LOOK_AT_FILES;
    var certificates = new WebhookCertificates(client, settings, clock, key, pause);
    certificates.announce(settings.get());
    certificates.follow(settings.get());
    certificates.thread.start();
    return certificates;
  }

  private void follow(OperatorSettings settings) {
    if (!settings.webhookCertificates().isEmpty()) {
      return;
    }
    String namespace = settings.operatorNamespace();
    for (String secret : List.of(AUTHORITY, LEAF)) {
      watches.add(client.watchOne(Resource.SECRETS, namespace, secret, this::changed));
    }
    if (settings.manageWebhookConfigurations()) {
      for (Resource resource : CONFIGURATIONS) {
        watches.add(
            client.watchOne(resource, "", configurationName(resource, settings), this::changed));
      }
    }
  }

  private void changed(WatchEvent event) {
    if (!(event instanceof WatchEvent.Failed)) {
      bell.release();
    }
  }

  /// When the certificate that is shown now ends.
  public Instant end() {
    return key.current().getNotAfter().toInstant();
  }

  /// For the server; it shows renewed certificates without being restarted.
  public SSLContext context() {
    return key.context();
  }

  private void watch() {
    Duration pause = look;
    try {
      while (true) {
        if (bell.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          bell.drainPermits();
        }
        try {
          renew();
          pause = look;
          Thread.sleep(look.compareTo(SETTLING) < 0 ? look : SETTLING);
        } catch (IOException | KubeException | IllegalArgumentException e) {
          pause = look.compareTo(LOOK_AGAIN) < 0 ? look : LOOK_AGAIN;
          LOG.atWarn().addKeyValue("cause", e.getMessage()).log("certificates not renewed");
        }
      }
    } catch (InterruptedException _) {
      // closed
    }
  }

  /// The API server hears of a new authority before anything that it signed is shown.
  private void renew() throws IOException {
    OperatorSettings settings = current.get();
    if (!settings.webhookCertificates().isEmpty()) {
      key.reread(Path.of(settings.webhookCertificates()));
      return;
    }
    CertifiedKey next = load(client, settings, clock);
    announce(settings);
    key.replace(next);
  }

  private static CertifiedKey load(
      KubeClient client, OperatorSettings settings, InstantSource clock) throws IOException {
    KubeException last = null;
    for (int i = 0; i < TRIES; i++) {
      try {
        return leaf(client, settings, clock, authority(client, settings, clock));
      } catch (KubeException e) {
        if (!e.isConflict() && !e.isAlreadyExists()) {
          throw e;
        }
        last = e; // another replica was quicker: take its
      }
    }
    throw new IOException("the webhook's certificates change all the time", last);
  }

  private static CertificateAuthority authority(
      KubeClient client, OperatorSettings settings, InstantSource clock) {
    Optional<ObjectNode> there =
        client.find(Resource.SECRETS, settings.operatorNamespace(), AUTHORITY);
    CertifiedKey known = there.map(secret -> read(secret, "ca.crt", "ca.key")).orElse(null);
    if (known != null && !ends(settings, clock, known)) {
      return new CertificateAuthority(known, clock);
    }
    CertificateAuthority fresh =
        known == null
            ? CertificateAuthority.create(
                "howdah-webhooks",
                settings.operatorNamespace(),
                settings.certificateDuration(),
                clock)
            : new CertificateAuthority(known, clock).renew(settings.certificateDuration());
    write(client, settings, AUTHORITY, there.orElse(null), "Opaque", "ca", fresh.self());
    return fresh;
  }

  private static CertifiedKey leaf(
      KubeClient client,
      OperatorSettings settings,
      InstantSource clock,
      CertificateAuthority authority) {
    Optional<ObjectNode> there = client.find(Resource.SECRETS, settings.operatorNamespace(), LEAF);
    CertifiedKey known = there.map(secret -> read(secret, "tls.crt", "tls.key")).orElse(null);
    if (known != null
        && !ends(settings, clock, known)
        && CertificateFacts.signedBy(known.certificate(), authority.self().certificate())) {
      return known;
    }
    String near = SERVICE + "." + settings.operatorNamespace();
    LeafRequest request =
        LeafRequest.server(
            SERVICE,
            List.of(SERVICE, near, near + ".svc", near + ".svc." + settings.clusterDomain()),
            settings.certificateDuration());
    CertifiedKey fresh = authority.issue(request);
    write(client, settings, LEAF, there.orElse(null), "kubernetes.io/tls", "tls", fresh);
    return fresh;
  }

  private static boolean ends(OperatorSettings settings, InstantSource clock, CertifiedKey known) {
    return CertificateFacts.of(known.certificate())
        .endsWithin(settings.expiringCheckThreshold(), clock.instant());
  }

  private static @Nullable CertifiedKey read(ObjectNode secret, String certificate, String key) {
    try {
      return CertifiedKey.fromPem(text(secret, certificate), text(secret, key));
    } catch (IllegalArgumentException _) {
      return null; // damaged: made anew
    }
  }

  private static String text(ObjectNode secret, String key) {
    return new String(
        Base64.getMimeDecoder().decode(secret.path("data").path(key).asText("")),
        StandardCharsets.UTF_8);
  }

  private static void write(
      KubeClient client,
      OperatorSettings settings,
      String name,
      @Nullable ObjectNode there,
      String type,
      String prefix,
      CertifiedKey key) {
    ObjectNode data =
        Tree.map(
            prefix + ".crt", encoded(key.certificatePem()), prefix + ".key", encoded(key.keyPem()));
    if (there == null) {
      ObjectNode secret = Json.object(Resource.SECRETS, settings.operatorNamespace(), name);
      secret.put("type", type).set("data", data);
      client.create(Resource.SECRETS, secret);
    } else {
      there.set("data", data);
      client.update(Resource.SECRETS, there);
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Tells the API server whom to trust.
  private void announce(OperatorSettings settings) {
    if (!settings.manageWebhookConfigurations() || !settings.webhookCertificates().isEmpty()) {
      return;
    }
    String bundle =
        client
            .get(Resource.SECRETS, settings.operatorNamespace(), AUTHORITY)
            .path("data")
            .path("ca.crt")
            .asText();
    for (Resource resource : CONFIGURATIONS) {
      String name = configurationName(resource, settings);
      client
          .find(resource, "", name)
          .ifPresent(configuration -> trust(resource, name, configuration, bundle));
    }
  }

  private static String configurationName(Resource resource, OperatorSettings settings) {
    return "cnpg-"
        + resource.plural().replace("webhookconfigurations", "-webhook-configuration")
        + (settings.webhookNamespaceSuffix() ? "-" + settings.operatorNamespace() : "");
  }

  private void trust(Resource resource, String name, ObjectNode configuration, String bundle) {
    ArrayNode patch = Tree.list();
    int index = 0;
    for (JsonNode webhook : configuration.path("webhooks")) {
      if (!webhook.path("clientConfig").path("caBundle").asText("").equals(bundle)) {
        patch.add(
            Tree.map(
                "op",
                "add",
                "path",
                "/webhooks/" + index + "/clientConfig/caBundle",
                "value",
                bundle));
      }
      index++;
    }
    if (!patch.isEmpty()) {
      client.patch(resource, "", name, new Patch.Json(patch));
      LOG.atInfo().addKeyValue("configuration", name).log("webhook's authority made known");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    watches.forEach(Watch::close);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import dev.howdah.apiserver.User;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertificateFacts;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// The server's keys and certificates, kept in a folder that only its owner can read.
public final class Credentials {
  private static final Duration AUTHORITY = Duration.ofDays(3650);
  private static final Duration LEAF = Duration.ofDays(730);
  private static final int TOKEN_BYTES = 32;
  private static final Duration RENEW_BEFORE = Duration.ofDays(365);

  private final Path folder;
  private final InstantSource clock;
  private final CertificateAuthority authority;
  private final CertifiedKey server;
  private final String administratorToken;
  private final CertifiedKey tokens;

  private Credentials(Path folder, InstantSource clock, List<String> addresses) throws IOException {
    this.folder = folder;
    this.clock = clock;
    this.authority = authority();
    this.server =
        leaf(
            "server",
            LeafRequest.server(
                    "kube-apiserver",
                    List.of(
                        "localhost",
                        "kubernetes",
                        "kubernetes.default",
                        "kubernetes.default.svc",
                        "kubernetes.default.svc.cluster.local"),
                    LEAF)
                .withIpAddresses(addresses));
    this.administratorToken = administrator();
    this.tokens = leaf("service-accounts", LeafRequest.client("service-account-tokens", AUTHORITY));
  }

  /// Reads the folder, and makes what is missing or soon ends.
  public static Credentials open(Path folder, InstantSource clock, List<String> addresses)
      throws IOException {
    Files.createDirectories(folder);
    return new Credentials(folder, clock, addresses);
  }

  private CertificateAuthority authority() throws IOException {
    if (Files.exists(file("ca", "crt"))) {
      return new CertificateAuthority(read("ca"), clock);
    }
    var made = CertificateAuthority.create("howdah-apiserver", "", AUTHORITY, clock);
    write("ca", made.self());
    return made;
  }

  private CertifiedKey leaf(String name, LeafRequest request) throws IOException {
    if (Files.exists(file(name, "crt"))) {
      var known = read(name);
      var facts = CertificateFacts.of(known.certificate());
      if (facts.ipAddresses().containsAll(request.ipAddresses())
          && !facts.endsWithin(RENEW_BEFORE, clock.instant())) {
        return known;
      }
      var renewed = authority.issue(request, known.keyPair());
      write(name, renewed);
      return renewed;
    }
    var made = authority.issue(request);
    write(name, made);
    return made;
  }

  private String administrator() throws IOException {
    var file = file("administrator", "token");
    if (!Files.exists(file)) {
      var bytes = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(bytes);
      writePrivately(file, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
    return Files.readString(file);
  }

  private Path file(String name, String extension) {
    return folder.resolve(name + "." + extension);
  }

  private CertifiedKey read(String name) throws IOException {
    return CertifiedKey.fromPem(
        Files.readString(file(name, "crt")), Files.readString(file(name, "key")));
  }

  // The certificate is written last: where it is, the key is.
  private void write(String name, CertifiedKey made) throws IOException {
    writePrivately(file(name, "key"), made.keyPem());
    writePrivately(file(name, "crt"), made.certificatePem());
  }

  /// Writes a file that only its owner can read, in one step.
  public static void writePrivately(Path file, String text) throws IOException {
    var fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(fresh, text.getBytes(StandardCharsets.UTF_8));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static LeafRequest client(User user) {
    return new LeafRequest(
        user.name(), user.groups(), List.of(), List.of(), Set.of(LeafRequest.Usage.CLIENT), LEAF);
  }

  /// The certificate authority of server and clients.
  public CertificateAuthority certificateAuthority() {
    return authority;
  }

  /// What the server shows its clients.
  public CertifiedKey server() {
    return server;
  }

  /// The key that signs tokens of service accounts.
  public CertifiedKey tokens() {
    return tokens;
  }

  /// The bearer token of [User#ADMINISTRATOR]: secret, of random letters. A token, since some
  /// clients take any PKCS#8 key of a kubeconfig for one of RSA (fabric8 without BouncyCastle), and
  /// to make one of those takes seconds of the processor without the second compiler.
  public String administratorToken() {
    return administratorToken;
  }

  /// A new certificate for a user.
  public CertifiedKey clientOf(User user) {
    return authority.issue(client(user));
  }
}

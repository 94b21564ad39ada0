# A TFTP load generator: reads one file COUNT times, AT_ONCE transfers at a time, each from a socket of its own, and
# prints one JSON line. Perl (package perl, which git brings along) because it spends less on a
# datagram than the servers it measures.
#   perl load.pl ADDRESS PORT NAME BYTES COUNT AT_ONCE BLKSIZE WINDOWSIZE
# Every transfer is checked for its length, each block for its number; the first one's SHA-256 is printed.
use strict;
use warnings;
use Digest::SHA 'sha256_hex';
use Socket;
use Time::HiRes 'time';

my ($address, $port, $name, $bytes, $count, $at_once, $blksize, $windowsize) = @ARGV;
my $server   = sockaddr_in($port, inet_aton($address));
my $local    = sockaddr_in(0, inet_aton($address));
my $patience = 1.0;
my (@socket, @expected, @got, @last, @heard_at, @unacked, @peer);
my $bits = '';
my ($started, $active, $repeats, $first) = (0, 0, 0, undef);
my @kept;

sub begin {
  my $id = $started++;
  socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
  setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack('l!l!', 1, 0)) or die "SO_RCVTIMEO: $!\n";
  bind($socket, $local) or die "bind: $!\n";
  my @options = ('blksize', $blksize, $windowsize > 1 ? ('windowsize', $windowsize) : ());
  my $slot = fileno($socket);
  ($socket[$slot], $expected[$slot], $got[$slot], $unacked[$slot], $peer[$slot]) = ($socket, 0, 0, 0, undef);
  vec($bits, $slot, 1) = 1;
  $active++;
  $first //= $slot;
  speak($slot, pack('n(Z*)*', 1, $name, 'octet', @options));
}

sub speak {
  my ($slot, $packet) = @_;
  $last[$slot] = $packet;
  $heard_at[$slot] = time;
  defined $peer[$slot] ? send($socket[$slot], $packet, 0) : send($socket[$slot], $packet, 0, $server);
}

sub finish {
  my ($slot) = @_;
  die "got $got[$slot] of $bytes bytes\n" if $got[$slot] != $bytes;
  vec($bits, $slot, 1) = 0;
  close $socket[$slot];
  $first = -1 if $first == $slot;
  $active--;
  begin() if $started < $count;
}

# Reads one datagram: 1, 0 when none was there, -1 when it was the last of its transfer.
sub hear {
  my ($slot, $flags) = @_;
  my $from = recv($socket[$slot], my $packet, 65536, $flags);
  return 0 unless defined $from;
  if (!defined $peer[$slot]) {
    connect($socket[$slot], $peer[$slot] = $from) or die "connect: $!\n";
  }
  my ($code, $block) = unpack('nn', $packet);
  if ($code == 3) {
    my $next = $expected[$slot] & 0xffff;
    if ($block == $next) {
      my $length = length($packet) - 4;
      $got[$slot] += $length;
      $expected[$slot]++;
      push @kept, substr($packet, 4) if $slot == $first;
      if (++$unacked[$slot] >= $windowsize or $length < $blksize) {
        $unacked[$slot] = 0;
        speak($slot, pack('nn', 4, $block));
        if ($length < $blksize) { finish($slot); return -1 }
      }
    } elsif ($unacked[$slot] > 0) {
      # RFC 7440: out of order; say what was the last block in order, once
      $unacked[$slot] = 0;
      $repeats++;
      speak($slot, pack('nn', 4, ($expected[$slot] - 1) & 0xffff));
    }
  } elsif ($code == 6) {
    speak($slot, pack('nn', 4, 0)) if $expected[$slot] == 0;
    $expected[$slot] ||= 1;
  } else {
    die 'ERROR ' . substr($packet, 2) . "\n";
  }
  return 1;
}

my $begun = time;
begin() while $started < $at_once and $started < $count;
while ($active > 0) {
  if ($at_once == 1) {
    my ($slot) = grep { vec($bits, $_, 1) } 0 .. 8 * length($bits) - 1;
    my $heard = 1;
    $heard = hear($slot, 0) while $heard > 0;
    if ($heard == 0) { $repeats++; speak($slot, $last[$slot]) }
    next;
  }
  if (select(my $ready = $bits, undef, undef, $patience) > 0) {
    for my $slot (0 .. 8 * length($ready) - 1) {
      next unless vec($ready, $slot, 1);
      if ($windowsize == 1) { hear($slot, MSG_DONTWAIT) }
      else { for (1 .. $windowsize) { last unless hear($slot, MSG_DONTWAIT) > 0 } }
    }
  }
  my $now = time;
  next if $now - $begun < $patience;
  for my $slot (0 .. 8 * length($bits) - 1) {
    next unless vec($bits, $slot, 1) and $now - $heard_at[$slot] > $patience;
    $repeats++;
    speak($slot, $last[$slot]);
  }
}
my $seconds = time - $begun;
my ($user, $system) = times;
printf qq({"seconds":%.6f,"cpuSeconds":%.6f,"transfers":%d,"repeats":%d,"sha256":"%s"}\n),
  $seconds, $user + $system, $count, $repeats, sha256_hex(join '', @kept);

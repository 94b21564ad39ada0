# A bad cable between two taps: carries Ethernet frames both ways and loses some of them.
#   lossy-link.pl TAP TAP SHARE SEED      share of the frames that are lost, 0 to 1; the same seed loses the same ones
# Says "carrying" when it does, and at SIGTERM "FRAMES LOST". The kernels of build machines have no netem.
use strict;
use warnings;
use Fcntl;

use constant { TUNSETIFF => 0x400454ca, IFF_TAP => 2, IFF_NO_PI => 0x1000 };

my ($left, $right, $share, $seed) = @ARGV;
my ($frames, $lost) = (0, 0);
srand($seed);

sub tap {
    my ($name) = @_;
    sysopen(my $tap, '/dev/net/tun', O_RDWR) or die "/dev/net/tun: $!";
    ioctl($tap, TUNSETIFF, pack('a16 s x22', $name, IFF_TAP | IFF_NO_PI)) or die "$name: $!";
    return $tap;
}

my @ends = (tap($left), tap($right));
$SIG{TERM} = sub { print "$frames $lost\n"; exit 0 };
$| = 1;
print "carrying\n";

for (;;) {
    my $wanted = '';
    vec($wanted, fileno($_), 1) = 1 for @ends;
    next if select(my $ready = $wanted, undef, undef, undef) < 1;
    for my $i (0, 1) {
        next unless vec($ready, fileno($ends[$i]), 1);
        next unless sysread($ends[$i], my $frame, 65536);
        $frames++;
        if (rand() < $share) { $lost++ }
        else { syswrite($ends[1 - $i], $frame) }
    }
}

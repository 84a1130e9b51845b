# A psql that stays, so that a test can have several sessions at work at once.
package Session;
use strict;
use warnings;
use IPC::Run ();

sub new
{
	my ($class, $node, $database, @options) = @_;
	my $self = bless { in => '', out => '', err => '', marks => 0 }, $class;
	$self->{timeout} = IPC::Run::timeout(patience());
	$self->{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database), @options ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, $self->{timeout});
	$self->{pid} = $self->query('SELECT pg_backend_pid()');
	return $self;
}

# Seconds to wait for an answer: what script/test gives, longer where a sanitizer slows the server.
sub patience { return $ENV{PG_TEST_TIMEOUT_DEFAULT} || 180 }

sub pid { return $_[0]{pid} }

# Sends without waiting for the answer.
sub send
{
	my ($self, $sql) = @_;
	$self->{mark} = 'mark ' . ++$self->{marks};
	$self->{in} .= "$sql;\n\\echo $self->{mark}\n\\warn $self->{mark}\n";
	$self->{run}->pump_nb;
	return;
}

# Whether the answer to what was sent is there, or none will be.
sub answered
{
	my ($self) = @_;
	return 1 if !$self->{run}->pumpable;
	eval { $self->{run}->pump_nb; 1 } or return 1;
	return $self->{out} =~ /^\Q$self->{mark}\E$/m && $self->{err} =~ /^\Q$self->{mark}\E$/m;
}

# What the server answered to what was sent: (output, errors and notices). Ends, too, when psql does.
sub answer
{
	my ($self) = @_;
	$self->{timeout}->start(patience());
	while (!$self->answered)
	{
		eval { $self->{run}->pump; 1 } or last;
	}
	my @texts = @$self{ 'out', 'err' };
	$self->{out} = $self->{err} = '';
	s/^\Q$self->{mark}\E\n?//mg, s/\n\z// for @texts;
	return wantarray ? @texts : $texts[0];
}

sub query
{
	my ($self, $sql) = @_;
	$self->send($sql);
	return $self->answer;
}

# The end of its input is not enough: a server that was started meanwhile holds it open.
sub finish
{
	my ($self) = @_;
	$self->{in} .= "\\q\n";
	eval { $self->{run}->finish };
	return;
}

1;
